from odoo import models

from .om_change_request import OPEN_CHANGE_STATES


class SaleOrder(models.Model):
    """Changes that customers ask for in the portal."""

    _inherit = "sale.order"

    def _om_portal_may_ask(self):
        """May the customer ask for a change of this order now? One request at a time."""
        self.ensure_one()
        return (
            self.state == "sale"
            and self.company_id.om_change_portal
            and bool(self._om_portal_lines())
            and not self._om_portal_changes().filtered(lambda change: change.state in OPEN_CHANGE_STATES)
        )

    def _om_portal_lines(self):
        """Lines on which something is left to be changed."""
        return self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.is_downpayment
                and not line._is_delivery()
                and line.product_uom_qty > line.qty_delivered
            )
        )

    def _om_portal_changes(self):
        """What the customer's people have asked for themselves."""
        # sudo: the page is the customer's own, which the controller has made sure of
        return self.sudo().om_change_ids.filtered(lambda change: change.source == "customer")

    def _om_portal_ask(self, form, asked_by):
        """Create the change request of a customer.

        :param form: ``{"cancel": …, "note": …, "quantity_<line id>": …}`` as sent; not to be trusted
        :param asked_by: ``res.partner``, who asks
        :return: the request; empty where nothing would change, or what was sent makes no sense
        """
        self.ensure_one()
        # sudo: customers have no right to the model; the caller has checked that the order is theirs
        requests = self.env["om.change.request"].sudo()
        changes = self._om_portal_form_changes(form)
        note = (form.get("note") or "")[:2000].strip()
        if not changes or not self._om_portal_may_ask():
            return requests
        # sudo: customers create requests through their order's page only
        change = requests._om_request(
            self,
            {self.id: changes},
            source="customer",
            note=note,
            requested_by_id=asked_by.id,
        )
        # what is late holds the shipment at once: that is why it is not left for somebody to look at
        change._om_evaluate()
        change.activity_schedule(
            "om_order_exceptions.activity_change_asked",
            summary=self.env._(
                "%(customer)s asks for a change of %(order)s", customer=asked_by.name, order=self.name
            ),
            note=note,
            user_id=(
                self.user_id or self.company_id.om_order_desk_user_id or self.env.ref("base.user_admin")
            ).id,
        )
        return change

    def _om_portal_form_changes(self, form):
        """Values of the request's lines from what a customer sent; empty where it makes no sense."""
        if form.get("cancel"):
            return [{"kind": "cancel_order"}]
        changes = []
        for line in self._om_portal_lines():
            try:
                quantity = float(form.get(f"quantity_{line.id}", line.product_uom_qty))
            except (TypeError, ValueError):
                return []
            # also not a number and infinity
            if not 0 <= quantity < 1e9:
                return []
            quantity = line.product_uom_id.round(quantity)
            if line.product_uom_id.compare(quantity, line.product_uom_qty):
                changes.append({"kind": "quantity", "order_line_id": line.id, "quantity": quantity})
        return changes
