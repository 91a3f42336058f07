from markupsafe import Markup

from odoo import models

from .om_change_request_line import SEEN_BY_WAREHOUSE


class OmChangeRequest(models.Model):
    """Who is told of a change: at most one message per request and stakeholder, and only what he sees."""

    _inherit = "om.change.request"

    def _om_notify(self):
        """Tell customer, salesperson and warehouse of these applied requests."""
        # sudo: who applies a change need not be allowed to write to transfers or send mail
        for request in self.sudo():
            request._om_notify_customer()
            request._om_notify_salesperson()
            request._om_notify_warehouse()

    def _om_lines_for_customer(self):
        """Changes that the customer sees."""
        return self.line_ids.filtered(lambda line: line._om_changes_something())

    def _om_lines_for_warehouse(self):
        """Changes that make the warehouse work differently."""
        return self._om_lines_for_customer().filtered(lambda line: line.kind in SEEN_BY_WAREHOUSE)

    def _om_notify_customer(self):
        """A mail in the customer's language, where the company wants it."""
        self.ensure_one()
        if not self.company_id.om_change_notify_customer or not self._om_lines_for_customer():
            return
        template = self.env.ref("om_order_exceptions.mail_template_change_applied")
        if self.partner_id.email:
            template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_light")

    def _om_notify_salesperson(self):
        """A note on the order, also when nobody has to be told: it is the order's memory."""
        self.ensure_one()
        lines = self._om_lines_for_customer()
        seller = self.salesperson_id
        if not lines or not seller or seller == self.env.user:
            return
        order = self.order_id.with_context(lang=seller.lang)
        order.message_post(
            body=self.with_context(lang=seller.lang)._om_notice(lines),
            partner_ids=seller.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    def _om_notify_warehouse(self):
        """A note on the transfer that is worked on next."""
        self.ensure_one()
        lines = self._om_lines_for_warehouse()
        transfer = self._om_transfer_of_warehouse()
        if not lines or not transfer:
            return
        transfer.message_post(body=self._om_notice(lines), subtype_xmlid="mail.mt_note")

    def _om_transfer_of_warehouse(self):
        """The first open transfer; that of what was cancelled where none is open any more."""
        transfers = self.order_id.picking_ids.filtered(lambda picking: picking.state != "done")
        still_open = transfers.filtered(lambda picking: picking.state != "cancel")
        return (self.put_back_ids or still_open or transfers)[:1]

    def _om_notice(self, lines):
        """Before and after as a small table."""
        rows = Markup().join(
            Markup("<tr><td>%s</td><td>&#8594;</td><td>%s</td></tr>") % (line.before or "", line.after or "")
            for line in lines
        )
        return Markup("<p>%s</p><table>%s</table>") % (
            self.env._("%(number)s was applied:", number=self.name),
            rows,
        )
