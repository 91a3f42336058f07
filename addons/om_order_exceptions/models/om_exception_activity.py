from odoo import fields, models


class OmException(models.Model):
    """One activity per case for its owner, where its type wants one: in the owner's own list of things to do.

    There is never more than one, it moves with the owner, and it is done when the case ends. It is kept
    in batch and without mail: a thousand cases do not fill anybody's inbox.
    """

    _inherit = "om.exception"

    def _wants_activity(self):
        """Is the owner of this case to have an activity for it?"""
        self.ensure_one()
        policy = self.type_id.activity
        return bool(
            self.is_open
            and not self.parent_id
            and (policy == "always" or (policy == "severe" and self.severity == "1"))
        )

    def _sync_activities(self):
        """Create, move and end the activities of these cases. The same number of queries for any number."""
        own = self.env.ref("om_order_exceptions.activity_type_case")
        ours = own | self.env.ref("om_order_exceptions.activity_type_escalation")
        activities = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        wanted = self.filtered(lambda case: case._wants_activity())
        ended = self.filtered(lambda case: not case.is_open)
        if not wanted and not ended and not self.activity_ids:
            return
        existing = activities.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "in", ours.ids),
            ]
        )
        closed = existing.filtered(lambda a: a.res_id in ended._ids)
        owners = existing.filtered(lambda a: a.activity_type_id == own) - closed
        not_wanted = owners.filtered(lambda a: a.res_id not in wanted._ids)
        (closed | not_wanted).write({"active": False, "feedback": self.env._("The case has ended.")})
        by_case = {activity.res_id: activity for activity in owners - not_wanted}
        to_move = {}
        for case in wanted & self.browse(by_case):
            activity = by_case[case.id]
            if activity.user_id != case.user_id or activity.date_deadline != case._activity_date():
                to_move.setdefault((case.user_id.id, case._activity_date()), activities.browse())
                to_move[case.user_id.id, case._activity_date()] |= activity
        for (user_id, date), moved in to_move.items():
            moved.write({"user_id": user_id, "date_deadline": date})
        model_id = self.env["ir.model"]._get_id(self._name)
        activities.create(
            [
                {
                    "activity_type_id": own.id,
                    "automated": True,
                    "res_model_id": model_id,
                    "res_id": case.id,
                    "user_id": case.user_id.id,
                    "date_deadline": case._activity_date(),
                    "summary": case.type_id.name,
                    "note": case.found,
                }
                for case in wanted
                if case.id not in by_case
            ]
        )

    def _activity_date(self):
        """Day on which the owner has to do something about it."""
        self.ensure_one()
        if self.state == "waiting" and self.follow_up_on:
            return self.follow_up_on
        due = self.sla_deadline or fields.Datetime.now()
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.user_id.tz or self.calendar_id.tz or "UTC"), due
        ).date()
