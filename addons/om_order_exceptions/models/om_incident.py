from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..stages import INTERNAL


class OmIncident(models.Model):
    """One event that hits many orders, such as a strike: one timeline, one notice, its lessons."""

    _name = "om.incident"
    _description = "Incident"
    _inherit = ["om.owned", "om.postmortem"]
    _order = "started_at desc, id desc"

    name = fields.Char("Incident", required=True, tracking=True)
    kind = fields.Selection(
        [
            ("carrier", "Carrier"),
            ("edi", "EDI or system outage"),
            ("warehouse", "Warehouse or 3PL"),
            ("supply", "Supply"),
            ("weather", "Weather"),
            ("other", "Other"),
        ],
        default="other",
        required=True,
    )
    severity = fields.Selection(
        [("1", "1 Stops money or law"), ("2", "2 Stops shipment"), ("3", "3 Warns")],
        default="2",
        required=True,
        tracking=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("over", "Over"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    started_at = fields.Datetime(required=True, default=fields.Datetime.now, tracking=True)
    over_at = fields.Datetime("Over Since", readonly=True)
    order_ids = fields.Many2many("sale.order", string="Orders", check_company=True)
    exception_ids = fields.One2many("om.exception", "incident_id", "Exceptions")
    order_count = fields.Integer(compute="_compute_figures")
    exception_count = fields.Integer("Open Exceptions", compute="_compute_figures")
    amount = fields.Monetary("At Risk", compute="_compute_figures", help="Open exceptions of the incident.")
    notice_template_id = fields.Many2one(
        "mail.template",
        "Customer Notice",
        domain=[("model", "=", "om.incident.notice")],
        default=lambda self: self.env.ref(
            "om_order_exceptions.mail_template_incident_notice", raise_if_not_found=False
        ),
    )
    notice_text = fields.Html(
        "What Customers Are Told", help="Goes into the notice: what happened, what we do, what comes next."
    )
    notice_ids = fields.One2many("om.incident.notice", "incident_id", "Notices")
    notice_count = fields.Integer(compute="_compute_figures")
    type_ids = fields.Many2many(
        "om.exception.type", string="Procedures to Change", help="Whose procedures the lessons change."
    )
    sop_ids = fields.Many2many("om.sop", string="New Versions", readonly=True, copy=False)

    @api.depends("order_ids", "exception_ids.is_open", "exception_ids.amount", "notice_ids")
    def _compute_figures(self):
        for incident in self:
            # a common cause counts through its children
            cases = incident.exception_ids.filtered(lambda case: case.is_open and not case.is_parent)
            incident.order_count = len(incident.order_ids)
            incident.exception_count = len(cases)
            incident.amount = sum(cases.mapped("amount"))
            incident.notice_count = len(incident.notice_ids)

    @api.constrains("state", "severity", "postmortem_impact", "postmortem_reason", "postmortem_lesson")
    def _check_postmortem(self):
        for incident in self:
            if (
                incident.state == "closed"
                and incident.severity == "1"
                and (missing := incident._postmortem_missing())
            ):
                raise ValidationError(
                    self.env._(
                        "%(incident)s is of severity 1: fill in the post-mortem (%(missing)s).",
                        incident=incident.name,
                        missing=missing,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        incidents = super().create(vals_list)
        incidents._add_orders_of_exceptions()
        return incidents

    def write(self, vals):
        if {"state", "over_at"} & vals.keys() and self.env.context.get("om_transition") is not INTERNAL:
            raise UserError(self.env._("Use the incident's own actions."))
        result = super().write(vals)
        if "exception_ids" in vals:
            self._add_orders_of_exceptions()
        return result

    def _add_orders_of_exceptions(self):
        for incident in self:
            cases = incident.exception_ids
            if orders := (cases | cases.child_ids).order_id - incident.order_ids:
                incident.order_ids = [fields.Command.link(order.id) for order in orders]

    # ------------------------------------------------------------------------------------- notices

    def action_prepare_notices(self):
        """Render the notice once for each customer who has none yet, to be read before it is sent."""
        self.check_access("write")
        for incident in self:
            if not incident.notice_template_id:
                raise UserError(self.env._("%s: choose the notice first.", incident.name))
            customers = incident.order_ids.partner_id.commercial_partner_id
            notices = self.env["om.incident.notice"].create(
                [
                    {"incident_id": incident.id, "partner_id": customer.id}
                    for customer in customers - incident.notice_ids.partner_id
                ]
            )
            notices._render()
        return self.action_open_notices()

    def action_open_notices(self):
        """Open the notices to customers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "om_order_exceptions.action_om_incident_notice"
        )
        return {**action, "domain": [("incident_id", "=", self.id)], "context": {"create": False}}

    def action_send_notices(self):
        """Send all notices that were prepared and not sent yet."""
        self.check_access("write")
        self.notice_ids.action_send()
        return True

    # ------------------------------------------------------------------------------------- its end

    def action_over(self):
        """The cause is over; what it left behind is still worked on."""
        self.check_access("write")
        self.filtered(lambda i: i.state == "open").with_context(om_transition=INTERNAL).write(
            {"state": "over", "over_at": fields.Datetime.now()}
        )
        return True

    def action_close(self):
        """Close with its lessons: each procedure to change gets a draft and somebody to write it."""
        self.check_access("write")
        for incident in self:
            if incident.state != "over":
                raise UserError(self.env._("%s is not over yet.", incident.name))
            if incident.exception_count:
                raise UserError(self.env._("%s has open exceptions.", incident.name))
        self.with_context(om_transition=INTERNAL).write({"state": "closed"})
        for incident in self:
            incident._ask_for_sop_changes()
        return True

    def action_reopen(self):
        """It is not over."""
        self.check_access("write")
        self.with_context(om_transition=INTERNAL).write({"state": "open", "over_at": False})
        return True

    def _ask_for_sop_changes(self):
        self.ensure_one()
        # sudo: a specialist may not write procedures, but what an incident taught must reach who may
        sops = self.env["om.sop"].sudo()
        lesson = self.env._(
            "Lesson of %(incident)s: %(text)s", incident=self.name, text=self.postmortem_lesson or ""
        )
        for kind in self.type_ids - self.sop_ids.type_id:
            current = kind.sudo().sop_id  # sudo: as above
            values = {"from_text": False, "change_reason": lesson}
            draft = current.copy(values) if current else sops.create({"type_id": kind.id, **values})
            draft.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=(kind.team_id.manager_id or self.user_id).id,
                summary=self.env._("Change the procedure"),
                note=lesson,
            )
            sops |= draft
        self.sop_ids |= sops

    def action_open_orders(self):
        """Open the orders that it hit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_orders")
        return {**action, "domain": [("id", "in", self.order_ids.ids)], "context": {"create": False}}

    def action_open_exceptions(self):
        """Open the exceptions of this incident."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {**action, "domain": [("incident_id", "=", self.id)], "context": {"create": False}}


class OmIncidentNotice(models.Model):
    """What one customer is told about an incident: rendered once, read by a person, sent once."""

    _name = "om.incident.notice"
    _description = "Incident Notice"
    _order = "incident_id desc, id"
    _rec_name = "subject"

    incident_id = fields.Many2one("om.incident", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="incident_id.company_id", store=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    order_ids = fields.Many2many("sale.order", string="Orders", compute="_compute_order_ids")
    subject = fields.Char()
    body = fields.Html()
    state = fields.Selection(
        [("draft", "To Read"), ("sent", "Sent")], default="draft", required=True, readonly=True
    )
    sent_at = fields.Datetime(readonly=True)
    sent_by_id = fields.Many2one("res.users", readonly=True)

    _once = models.Constraint("UNIQUE(incident_id, partner_id)", "This customer has a notice already.")

    def _compute_order_ids(self):
        for notice in self:
            notice.order_ids = notice.incident_id.order_ids.filtered(
                lambda order, notice=notice: order.partner_id.commercial_partner_id == notice.partner_id
            )

    def write(self, vals):
        """A notice that was sent stays as it was read."""
        internal = self.env.context.get("om_transition") is INTERNAL
        if not internal and (
            {"state", "sent_at", "sent_by_id"} & vals.keys() or "sent" in self.mapped("state")
        ):
            raise UserError(self.env._("A notice that was sent can't be changed."))
        return super().write(vals)

    def _render(self):
        """Fill in subject and text from the template, each in the customer's language."""
        for template, notices in self.grouped(lambda notice: notice.incident_id.notice_template_id).items():
            # sudo: rendering what a manager wrote, for customers whom a specialist may not edit
            template = template.sudo()
            subjects = template._render_field("subject", notices.ids, compute_lang=True)
            bodies = template._render_field("body_html", notices.ids, compute_lang=True)
            for notice in notices:
                notice.write({"subject": subjects[notice.id], "body": bodies[notice.id]})

    def action_send(self):
        """Send these notices to their customers, each once."""
        self.check_access("write")
        drafts = self.filtered(lambda notice: notice.state == "draft")
        drafts.lock_for_update()
        for notice in drafts:
            if not notice.partner_id.email:
                raise UserError(self.env._("%s has no mail address.", notice.partner_id.display_name))
        # sudo: a specialist may not write mails at large
        self.env["mail.mail"].sudo().create(
            [
                {
                    "subject": notice.subject,
                    "body_html": notice.body,
                    "recipient_ids": [fields.Command.link(notice.partner_id.id)],
                    "author_id": self.env.user.partner_id.id,
                    "model": notice._name,
                    "res_id": notice.id,
                }
                for notice in drafts
            ]
        )
        drafts.with_context(om_transition=INTERNAL).write(
            {"state": "sent", "sent_at": fields.Datetime.now(), "sent_by_id": self.env.uid}
        )
        for incident, sent in drafts.grouped("incident_id").items():
            incident._message_log(
                body=self.env._("Notice sent to: %s", ", ".join(sent.partner_id.mapped("display_name")))
            )
        return True


class OmException(models.Model):
    _inherit = "om.exception"

    incident_id = fields.Many2one("om.incident", index="btree_not_null", check_company=True)

    def action_new_incident(self):
        """Group these exceptions into a new incident."""
        self._check_specialist()
        if len(self.company_id) > 1:
            raise UserError(self.env._("Choose exceptions of one company."))
        incident = self.env["om.incident"].create(
            {
                "name": self.env._("Incident: %s", ", ".join(self.type_id.mapped("name"))),
                "severity": min(self.mapped("severity")),
                "company_id": self.company_id.id,
                "exception_ids": [fields.Command.link(case.id) for case in self],
                "type_ids": [fields.Command.set(self.type_id.ids)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "om.incident",
            "res_id": incident.id,
            "views": [(False, "form")],
        }
