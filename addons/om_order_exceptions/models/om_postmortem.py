from odoo import fields, models


class OmPostmortem(models.AbstractModel):
    """What has to be written down after something severe: what it did, why, and what we learned."""

    _name = "om.postmortem"
    _description = "Post-mortem"

    postmortem_impact = fields.Text("Impact", help="Who was hit, for how long, at what cost.")
    postmortem_reason = fields.Text("Why it Happened", help="Also why nobody noticed earlier.")
    postmortem_lesson = fields.Text("Lessons Learned", help="What will be done differently from now on.")

    def _postmortem_missing(self):
        """Labels of the fields that are still empty, for a message; an empty text when none is."""
        self.ensure_one()
        return ", ".join(
            self._fields[name]._description_string(self.env)
            for name in ("postmortem_impact", "postmortem_reason", "postmortem_lesson")
            if not (self[name] or "").strip()
        )
