from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal


class ChangePortal(CustomerPortal):
    """A customer asks for a change on the page of a confirmed order."""

    @http.route(
        ["/my/orders/<int:order_id>/change"], type="http", auth="public", methods=["POST"], website=True
    )
    def portal_order_change(self, order_id, access_token=None, **form):
        """Take a request for a change. Who may see the order's page may ask."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        user = request.env.user
        asked_by = order.partner_id if user._is_public() else user.partner_id
        taken = order._om_portal_ask(form, asked_by)
        message = "change_asked" if taken else "change_invalid"
        return request.redirect(order.get_portal_url(query_string=f"&message={message}"))
