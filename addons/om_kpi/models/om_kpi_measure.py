from odoo import api, models
from odoo.tools import SQL


class OmKpiMeasure(models.AbstractModel):
    """Figures that are right at every level of a pivot, a graph and a grouped list.

    A rate of a group is the total of its numerators divided by the total of its denominators, not
    the mean of its records' rates, and it is empty when the denominator is zero. A model that
    inherits this one names its figures in two tables:

    ==============  ==============================================================================
    ``_om_counts``  ``{integer field: boolean field}``: records of which the boolean is true
    ``_om_rates``   ``{float field: (numerator, denominator)}``: 0.5 is 50 %; a boolean field
                    counts its records, a number is summed
    ==============  ==============================================================================

    The figures are fields that are neither stored nor searchable, computed by
    :meth:`_compute_om_figures` for one record. Pivot, graph and list all aggregate through
    ``_read_group_select``.
    """

    _name = "om.kpi.measure"
    _description = "Service Level Figures"

    _om_counts = {}
    _om_rates = {}

    @api.depends(lambda self: self._om_figure_sources())
    def _compute_om_figures(self):
        for record in self:
            for name, source in self._om_counts.items():
                record[name] = int(record[source])
            for name, (numerator, denominator) in self._om_rates.items():
                record[name] = record[numerator] / record[denominator] if record[denominator] else 0.0

    def _om_figure_sources(self):
        """Names of the stored fields that the figures are made of."""
        names = {*self._om_counts.values()}
        return sorted(names.union(*self._om_rates.values()))

    def _read_group_select(self, aggregate_spec, query):
        name = aggregate_spec.split(":")[0]
        if name in self._om_counts:
            return self._om_total(self._om_counts[name], query)
        if name in self._om_rates:
            numerator, denominator = (self._om_total(source, query) for source in self._om_rates[name])
            return SQL("CAST(%s AS double precision) / NULLIF(%s, 0)", numerator, denominator)
        return super()._read_group_select(aggregate_spec, query)

    def _om_total(self, name, query):
        """SQL of a group's total of a stored field: a sum, of a boolean the number of those true."""
        column = self._field_to_sql(self._table, name, query)
        if self._fields[name].type == "boolean":
            return SQL("COUNT(*) FILTER (WHERE %s)", column)
        return SQL("SUM(%s)", column)
