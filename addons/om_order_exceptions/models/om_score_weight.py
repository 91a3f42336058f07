from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..stages import STAGES

TERMS = [
    ("cutoff", "Time to ship cut-off"),
    ("tier", "Customer tier"),
    ("value", "Order value"),
    ("risk", "Promise risk"),
    ("penalty", "Penalty exposure"),
    ("urgent", "Urgent flag"),
    ("severity", "Severity"),
    ("stage", "Blocked stage"),
    ("sla", "Time to due"),
    ("money", "Money at risk"),
]
TIERS = [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")]
# the values that tell rows of a term apart; terms by the hour and by the amount have none
KEYS = {
    "tier": [tier for tier, _label in TIERS],
    "risk": ["late", "predicted"],
    "urgent": ["1"],
    "severity": ["1", "2", "3"],
    "stage": [stage for stage, _label in STAGES],
}
BY_HOURS = ("cutoff", "sla")


class OmScoreWeight(models.Model):
    """How many points a term adds to the priority of an order or exception.

    Rows without a company hold for all companies; a company that has rows of its own for a term uses
    these alone. Terms by the hour take the first row, from the smallest, whose hours are not exceeded:
    0 hours means that the time has passed. Amounts count their points once per doubling, so that a
    large order leads without drowning all others.
    """

    _name = "om.score.weight"
    _description = "Priority Weight"
    _order = "company_id desc, term, hours, key, id"

    term = fields.Selection(TERMS, required=True)
    key = fields.Char("Value", help="Tier a to d; late or predicted; severity 1 to 3; stage.")
    hours = fields.Float("Hours Left", help="For times: at most so many hours are left. 0: it has passed.")
    points = fields.Integer(required=True, help="For amounts: points per doubling, in company currency.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies without own rows.")

    _one_row = models.UniqueIndex(
        "(COALESCE(company_id, 0), term, COALESCE(key, ''), hours)",
        "There is a row for this term and value already.",
    )

    @api.constrains("term", "key")
    def _check_key(self):
        for weight in self:
            allowed = KEYS.get(weight.term)
            if (weight.key or None) not in (allowed or [None]):
                raise ValidationError(
                    self.env._(
                        "%(term)s: the value is one of %(values)s.",
                        term=dict(TERMS)[weight.term],
                        values=", ".join(allowed or [self.env._("nothing")]),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        weights = super().create(vals_list)
        self._weights_changed()
        return weights

    def write(self, vals):
        result = super().write(vals)
        self._weights_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._weights_changed()
        return result

    def _weights_changed(self):
        self.env.registry.clear_cache()
        self.env["sale.order"]._om_rescore_all()

    @api.model
    @tools.ormcache("company_id")
    def _of_company(self, company_id):
        """Weights of a company: ``{term: {key: points}}``, for times ``{term: ((hours, points), …)}``."""
        # sudo: priorities do not depend on who looks
        rows = self.sudo().search([("company_id", "in", (False, company_id))])
        own = {row.term for row in rows if row.company_id}
        weights = {}
        for row in rows:
            if row.term not in own or row.company_id:
                weights.setdefault(row.term, {})[row.hours if row.term in BY_HOURS else row.key] = row.points
        for term in BY_HOURS:
            weights[term] = tuple(sorted(weights.get(term, {}).items()))
        return weights


def points_by_time(steps, moment, now):
    """Points of a time by its steps, and when time alone changes them next.

    :param steps: ``((hours left, points), …)``, the smallest first
    :param moment: the time that is waited for (naive UTC), or an empty value
    :return: ``(points, moment of the next change or False)``
    """
    if not moment or not steps:
        return 0, False
    left = (moment - now).total_seconds() / 3600
    below = [hours for hours, _points in steps if hours < left]
    points = steps[len(below)][1] if len(below) < len(steps) else 0
    return points, fields.Datetime.subtract(moment, hours=below[-1]) if below else False


def points_by_amount(points, amount):
    """Points of an amount: ``points`` once per doubling from 1 on."""
    return (points or 0) * int(max(amount, 0)).bit_length()


def terms_text(terms):
    """Terms with their points as stored text, such as ``cutoff 160 + tier 60``; those of 0 are left out."""
    return " + ".join(f"{term} {points}" for term, points in terms.items() if points)


def terms_of(text):
    """``{term: points}`` of a stored text."""
    parts = [part.rsplit(" ", 1) for part in (text or "").split(" + ") if part]
    return {term: int(points) for term, points in parts}


def terms_label(env, text):
    """A stored text in the user's language."""
    labels = dict(env["om.score.weight"]._fields["term"]._description_selection(env))
    return " + ".join(f"{labels.get(term, term)} {points}" for term, points in terms_of(text).items())
