from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OmExceptionTeam(models.Model):
    """People who share the cases of some types: who gets the next one, and who is told when it lasts."""

    _name = "om.exception.team"
    _description = "Exception Team"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: the team works for all companies.")
    member_ids = fields.Many2many("res.users", string="Members", domain=[("share", "=", False)])
    manager_id = fields.Many2one(
        "res.users", "Escalation Manager", domain=[("share", "=", False)], help="Gets what is escalated."
    )
    assignment = fields.Selection(
        [("load", "Who has the fewest open"), ("turn", "In turn")],
        default="load",
        required=True,
        help="Who gets the next case.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar", "Working Hours", check_company=True, help="Empty: those of the owner."
    )
    open_count = fields.Integer(compute="_compute_open_count")

    def _compute_open_count(self):
        groups = self.env["om.exception"]._read_group(
            [("team_id", "in", self.ids), ("is_open", "=", True)], ["team_id"], ["__count"]
        )
        counts = {team.id: count for team, count in groups}
        for team in self:
            team.open_count = counts.get(team.id, 0)

    @api.constrains("member_ids", "active")
    def _check_members(self):
        for team in self:
            if team.active and not team.member_ids.filtered(lambda user: not user.share):
                raise ValidationError(self.env._("%s needs a member: who would own its cases?", team.name))

    def action_open_exceptions(self):
        """Open the exceptions of this team."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {**action, "domain": [("team_id", "=", self.id)], "context": {"search_default_open": 1}}

    def _rotas(self, company):
        """Who is next in each of these teams: ``{team: Rota}``. Two queries for any number of teams."""
        cases = self.env["om.exception"].sudo()  # sudo: who raises a case need not see those of others
        members = self.member_ids
        load = dict(
            cases._read_group(
                [("user_id", "in", members.ids), ("is_open", "=", True)], ["user_id"], ["__count"]
            )
        )
        last = {
            (team, user): number
            for team, user, number in cases._read_group(
                [("team_id", "in", self.ids), ("user_id", "in", members.ids)],
                ["team_id", "user_id"],
                ["id:max"],
            )
        }
        return {
            team: Rota(
                [
                    (
                        load.get(user, 0) if team.assignment == "load" else last.get((team, user), 0),
                        position,
                        user,
                    )
                    for position, user in enumerate(team.member_ids.sorted("id"))
                    if user.active and not user.share and company in user.company_ids
                ],
                in_turn=team.assignment == "turn",
            )
            for team in self
        }


class Rota:
    """Hands out people one by one: who has the fewest, or who had one longest ago.

    :param standing: ``[(open cases or last case, position, user)]``
    """

    def __init__(self, standing, in_turn=False):
        self._standing = sorted(standing, key=lambda entry: entry[:2])
        self._in_turn = in_turn

    def next(self, default):
        """Whose turn it is; ``default`` where the team has nobody."""
        if not self._standing:
            return default
        rank, position, user = self._standing.pop(0)
        rank = max((entry[0] for entry in self._standing), default=rank) if self._in_turn else rank
        self._standing.append((rank + 1, position, user))
        self._standing.sort(key=lambda entry: entry[:2])
        return user
