from odoo import api, models

from .. import x12


class OmEdiMap997(models.AbstractModel):
    """997 Functional Acknowledgment and TA1 Interchange Acknowledgment, both ways."""

    _name = "om.edi.map.997"
    _description = "EDI Map: 997"

    @api.model
    def _acknowledge(self, partner, group_end, intake):
        """Owe the 997 of a received group."""
        return self.env["om.edi.transaction"]._owe(
            partner,
            "997",
            x12.acknowledge(group_end),
            self._reference(group_end),
            intake_id=intake.id,
            # in the release in which the group came, or the nearest one of which we have the tables
            version=x12.schema.nearest_release(group_end.group.version) or partner.version,
        )

    @api.model
    def _acknowledge_interchange(self, partner, interchange_end, intake):
        """Owe the TA1 of a received interchange."""
        return self.env["om.edi.transaction"]._owe(
            partner,
            "TA1",
            [x12.ta1(interchange_end)],
            self._reference(interchange_end),
            intake_id=intake.id,
        )

    @api.model
    def _reference(self, end):
        """What an answer answers: functional group and number, or the interchange's number."""
        if isinstance(end, x12.GroupEnd):
            return f"{end.group.functional_id} {end.group.control_number}"
        return f"ISA {end.interchange.isa.control_number}"

    @api.model
    def _map_in(self, transactions):
        """Note the partner's verdict on what we sent: group by group, set by set."""
        for transaction in transactions:
            self._note(transaction)
        transactions.write({"state": "done"})

    def _note(self, transaction):
        segments = transaction._parsed().segments
        group = self.env["om.edi.group"]
        set_ack = self.env["om.edi.transaction"]
        for segment in segments:
            value = [*segment, "", "", "", "", ""]
            if value[0] == "AK1":
                group = group.search(
                    [
                        ("edi_partner_id", "=", transaction.edi_partner_id.id),
                        ("direction", "=", "out"),
                        ("functional_id", "=", value[1]),
                        ("control_number", "=", int(value[2]) if value[2].isdecimal() else 0),
                    ],
                    limit=1,
                )
            elif value[0] == "AK2" and group:
                number = int(value[2]) if value[2].isdecimal() else 0
                set_ack = group.transaction_ids.filtered(
                    lambda t, key=(value[1], number): (t.set_id, int(t.control_number or 0)) == key
                )
            elif value[0] == "AK5" and set_ack:
                set_ack.ack_state = value[1] if value[1] in ("A", "E", "R") else "R"
            elif value[0] == "AK9" and group:
                verdict = value[1] if value[1] in ("A", "E", "P", "R") else "R"
                group.state = verdict
                # without AK2 loops the verdict is that of all sets of the group
                group.transaction_ids.filtered(lambda t: not t.ack_state).ack_state = (
                    "A" if verdict == "P" else verdict
                )
        transaction.reference = f"{group.functional_id} {group.control_number}" if group else False

    @api.model
    def _read_ta1(self, partner, ack):
        """Note the partner's verdict on an interchange that we sent."""
        interchange = self.env["om.edi.interchange"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("direction", "=", "out"),
                ("control_number", "=", ack.control_number),
            ],
            limit=1,
        )
        if interchange and ack.status == "R":
            interchange.message = self.env._("Rejected by the partner's TA1, code %s.", ack.note)
