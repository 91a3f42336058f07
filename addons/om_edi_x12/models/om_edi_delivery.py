import base64
import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.transactions import NOT_THE_DOCUMENT, in_step

_logger = logging.getLogger(__name__)

# Pauses in minutes after each failed attempt; the last one is repeated until ATTEMPTS are used up: two days.
PAUSES = (1, 5, 15, 30, 60)
ATTEMPTS = 52


class OmEdiInterchange(models.Model):
    """Handing interchanges over to partners' mailboxes: claimed, tried again with growing pauses, given up.

    ======  ==============================================================================
    state   meaning
    ======  ==============================================================================
    ready   has its control numbers and bytes
    error   was tried, and is tried again at ``next_attempt``
    dead    was tried too often; a person tries it again or makes it void
    sent    is with the partner
    ======  ==============================================================================

    Delivering the same bytes under the same name twice has the effect of once, so that a worker may be
    killed at any moment.
    """

    _inherit = "om.edi.interchange"

    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True, help="Not before this time, after a failure.")
    is_unreachable = fields.Boolean(readonly=True, help="At the last attempt nobody answered.")

    _to_deliver_idx = models.Index("(edi_partner_id, id) WHERE state IN ('ready', 'error')")

    @api.model
    def _to_deliver(self, edi_partner, due_only):
        """What waits for delivery to a partner; ``due_only``: without what pauses after a failure."""
        domain = [
            ("edi_partner_id", "=", edi_partner.id),
            ("direction", "=", "out"),
            ("state", "in", ("ready", "error")),
        ]
        if due_only:
            now = fields.Datetime.now()
            domain += ["|", ("next_attempt", "=", False), ("next_attempt", "<=", now)]
        return self.search(domain, order="id")

    def _work_off(self):
        """Deliver these interchanges, as far as they wait and are due.

        For processes that are given them one by one; the scheduled job looks for them by itself. While a
        mailbox is known not to answer it is not asked again: a dead host must not take up all processes.
        """
        for edi_partner, interchanges in self.grouped("edi_partner_id").items():
            due = interchanges & self._to_deliver(edi_partner, due_only=True)
            until = due and self._unreachable_until(edi_partner)
            if until:
                in_step(self.env, partial(due._postpone, until))
            else:
                due._deliver_in_turn()

    @api.model
    def _unreachable_until(self, edi_partner):
        """When the mailbox of a partner is tried again; empty when it is not known to be unreachable."""
        waiting = self.search(
            [
                ("state", "=", "error"),
                ("direction", "=", "out"),
                ("is_unreachable", "=", True),
                ("edi_partner_id.mailbox_id", "=", edi_partner.mailbox_id.id),
                ("next_attempt", ">", fields.Datetime.now()),
            ],
            order="next_attempt",
            limit=1,
        )
        return waiting.next_attempt

    def _deliver_in_turn(self):
        """Deliver one after the other, each committed; when nobody answers, the others wait as well."""
        for position, interchange in enumerate(self):
            if not in_step(self.env, partial(interchange._deliver, others=self[position + 1 :])):
                break

    def _postpone(self, until):
        """Let these interchanges wait; not those that another worker has at the moment."""
        postponed = self.try_lock_for_update(allow_referencing=True)
        postponed.invalidate_recordset(["state"])
        postponed = postponed.filtered(lambda interchange: interchange.state in ("ready", "error"))
        postponed.next_attempt = until
        self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send", at=until, units=postponed)

    def _deliver(self, others=None):
        """Hand this interchange over to the partner's mailbox; a failure is kept and tried again.

        :param others: interchanges of the same mailbox, which wait as well when it can't be reached
        :return: ``False`` when the mailbox can't be reached, so that trying others is no use now
        """
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return True  # another worker has it; when it is dead, its lock goes at once
        self.invalidate_recordset(["state", "attempts"])
        if self.state not in ("ready", "error"):
            return True  # another worker has sent it
        mailbox = self.edi_partner_id.mailbox_id
        self.attempts += 1
        if not mailbox:
            self._not_delivered(
                self.env._("%s has no mailbox: set one on the trading partner.", self.edi_partner_id.name)
            )
            return True
        try:
            with self.env.cr.savepoint():
                receipt = mailbox._transport()._deliver(
                    mailbox, self.file_name, base64.b64decode(self.payload)
                )
        except OSError as error:
            self.is_unreachable = isinstance(error, (ConnectionError, TimeoutError))
            self._not_delivered(self.env._("Not delivered: %s", error))
            if self.is_unreachable and others and self.next_attempt:
                others._postpone(self.next_attempt)
            return not self.is_unreachable
        except NOT_THE_DOCUMENT:
            raise
        except Exception as error:
            # a defect of one transport or file: it must neither stop the others nor come back every minute
            _logger.info("EDI interchange %s can't be delivered", self.id, exc_info=True)
            self.is_unreachable = False
            self._not_delivered(f"{type(error).__name__}: {error}")
            return True
        self.write(
            {
                "state": "sent",
                "is_unreachable": False,
                "message": False,
                "receipt": receipt,
                "occurred_at": fields.Datetime.now(),
                "next_attempt": False,
            }
        )
        self._close_given_up()
        self.transaction_ids._delivered()
        events = self.env["om.order.event"]
        for transaction in self.transaction_ids.filtered("order_id"):
            events._log(
                "document_out",
                transaction.order_id,
                note=f"{transaction.set_id} {transaction.reference or ''}".strip(),
                source=transaction,
            )
        return True

    def _not_delivered(self, reason):
        """Note a failed attempt: the next one comes later and later, and at last a person decides."""
        if self.attempts >= ATTEMPTS:
            self.write({"state": "dead", "message": reason, "next_attempt": False})
            self._raise_given_up(reason)
            return
        pause = PAUSES[min(self.attempts, len(PAUSES)) - 1]
        next_attempt = fields.Datetime.now() + timedelta(minutes=pause)
        self.write({"state": "error", "message": reason, "next_attempt": next_attempt})
        self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send", at=next_attempt, units=self)

    def _raise_given_up(self, reason):
        self.env["om.exception"]._raise(
            "E-EDI-CONN",
            [
                Finding(
                    self,
                    found=self.env._(
                        "%(interchange)s (%(documents)s): given up after %(count)s attempts. %(reason)s",
                        interchange=self.display_name,
                        documents=self.sets,
                        count=self.attempts,
                        reason=reason,
                    )[:500],
                    expected=self.env._("delivered"),
                    key="delivery",
                    values={"partner_id": self.edi_partner_id.partner_id.commercial_partner_id.id},
                )
            ],
        )

    def _close_given_up(self):
        # sudo: a case whose cause has gone closes whoever has the files sent
        self.env["om.exception"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), ("is_open", "=", True)]
        )._close("auto_closed")

    def action_try_again(self):
        """Deliver these interchanges now, also those that were given up."""
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists send EDI files."))
        self.check_access("read")
        # sudo: the transport works for all users of the company
        waiting = self.sudo().filtered(
            lambda i: i.direction == "out" and i.state in ("ready", "error", "dead")
        )
        waiting.write({"state": "ready", "attempts": 0, "next_attempt": False})
        for interchange in waiting:
            in_step(self.env, interchange._deliver)
        return True


class OmEdiPartner(models.Model):
    _inherit = "om.edi.partner"

    def _send(self, due_only=False):
        """Put what is ready for these partners into interchanges and deliver them.

        :param due_only: not what failed a short time ago

        Two steps, each committed: the interchange with its control numbers and bytes, then its
        delivery. Killed in between, the next run delivers the same bytes under the same name.
        """
        interchanges = self.env["om.edi.interchange"]
        for edi_partner in self:
            interchanges._wrap_all(edi_partner)
            # where nobody answers, the others of the partner wait as well, and other partners go on
            interchanges._to_deliver(edi_partner, due_only)._deliver_in_turn()
