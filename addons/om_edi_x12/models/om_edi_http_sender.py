import ipaddress
import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

_logger = logging.getLogger(__name__)


class OmEdiMailbox(models.Model):
    """Who may reach a mailbox over HTTP: what AS2 and HTTPS have in common."""

    _inherit = "om.edi.mailbox"

    networks = fields.Char(
        "Accepted Networks",
        help="Addresses or networks from which the partner may connect, separated by blanks, such as "
        "203.0.113.7 198.51.100.0/24. Empty: any. Behind a reverse proxy, Odoo must run in proxy mode.",
    )

    @api.constrains("networks")
    def _check_networks(self):
        for mailbox in self.filtered("networks"):
            try:
                mailbox._accepts_address("::1")
            except ValueError as error:
                raise ValidationError(
                    self.env._("%(mailbox)s: %(error)s", mailbox=mailbox.name, error=error)
                ) from error

    def _accepts_address(self, address):
        """May the partner of this mailbox connect from there?"""
        self.ensure_one()
        networks = [ipaddress.ip_network(text, strict=False) for text in (self.networks or "").split()]
        return not networks or any(ipaddress.ip_address(address) in network for network in networks)

    @api.model
    def _log_refused(self, way, address, name):
        """Log a sender that is not known, without letting its name forge lines of the log."""
        _logger.warning("EDI over %s: refused %r from %s", way, (name or "")[:100], address)
