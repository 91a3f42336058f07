from odoo import fields, models
from odoo.fields import Domain

from .om_edi_attention import answer_overdue, failed, overdue, refused


def unsent():
    """What is built, and not with the partner yet."""
    return Domain("state", "in", ("ready", "wrapped"))


def waiting():
    """What the partner has still time to acknowledge."""
    return (
        Domain("ack_due_at", ">=", fields.Datetime.now())
        & Domain("ack_state", "=", False)
        & Domain("resend_ids", "=", False)
    )


class OmEdiPartner(models.Model):
    """What the monitor says of a partner: what asks for a person, what is under way, when it was heard."""

    _inherit = "om.edi.partner"

    failed_count = fields.Integer("Failed", compute="_compute_overview")
    refused_count = fields.Integer("Refused by Them", compute="_compute_overview")
    overdue_count = fields.Integer("Not Acknowledged in Time", compute="_compute_overview")
    unanswered_count = fields.Integer("Not Answered in Time", compute="_compute_overview")
    failure_count = fields.Integer("Failures", compute="_compute_overview")
    unsent_count = fields.Integer("To Send", compute="_compute_overview")
    waiting_count = fields.Integer("Waiting for Their 997", compute="_compute_overview")

    def _compute_overview(self):
        for name, domain in (
            ("failed_count", failed()),
            ("refused_count", refused()),
            ("overdue_count", overdue()),
            ("unanswered_count", answer_overdue()),
            ("unsent_count", unsent()),
            ("waiting_count", waiting()),
        ):
            counts = dict(
                self.env["om.edi.transaction"]._read_group(
                    Domain("edi_partner_id", "in", self.ids) & domain, ["edi_partner_id"], ["__count"]
                )
            )
            for partner in self:
                partner[name] = counts.get(partner, 0)
        for partner in self:
            partner.failure_count = partner.failed_count + partner.refused_count + partner.overdue_count

    def action_open_failures(self):
        """Open what asks for a person of this partner's documents."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_failures")
        return {**action, "context": {"search_default_edi_partner_id": self.id}}

    def action_open_filtered(self):
        """Open this partner's documents with the filter that the context names."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_transaction")
        name = self.env.context.get("document_filter")
        filters = {f"search_default_{name}": 1} if name else {}
        return {**action, "context": {"search_default_edi_partner_id": self.id, **filters}}
