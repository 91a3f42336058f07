from odoo import api, models


class OmEdiMap(models.AbstractModel):
    """What the maps of all kinds of documents (``om.edi.map.<set>``) have in common: their trace.

    ==========================  ================================================================
    ``_om_trace_in``            :class:`Traced` of a received document as a whole
    ``_om_trace_in_lines``      ``(segment that begins a line, Traced of the record behind it)``
    ``_om_trace_out``, …        the same of documents to send
    ==========================  ================================================================
    """

    _name = "om.edi.map"
    _description = "EDI Map"

    _om_trace_in = _om_trace_out = ()
    _om_trace_in_lines = _om_trace_out_lines = ("", ())

    @api.model
    def _trace_of(self, direction):
        """``(Traced of the whole, segment that begins a line, Traced of lines)``."""
        if direction == "in":
            return self._om_trace_in, *self._om_trace_in_lines
        return self._om_trace_out, *self._om_trace_out_lines

    @api.model
    def _trace_records(self, document, lines):
        """The record behind each line of a document, empty where there is none: by its number.

        :param lines: lists of segments
        """
        order_lines = document.order_id.order_line
        of_number = order_lines.filtered("om_po_line").grouped("om_po_line")
        return [of_number.get(str([*line[0], ""][1]), order_lines.browse())[:1] for line in lines]

    @api.model
    def _trace_no_record(self):
        """Why a line has no record, for people."""
        return self.env._("(the line was taken off)")
