from odoo import api, fields, models

from ..stages import INTERNAL


class OmException(models.Model):
    """Who owns a case: the rule of its type, and somebody in any case."""

    _inherit = "om.exception"

    team_id = fields.Many2one("om.exception.team", readonly=True, index="btree_not_null")

    @api.model
    def _owner(self, kind, order, company):
        """Who owns a new exception; never nobody, never somebody who left or can't see it."""
        desk = company.om_order_desk_user_id
        by_rule = {"user": kind.user_id, "salesperson": order.user_id, "team": kind.user_id, "desk": desk}
        for user in (by_rule[kind.owner_rule], order.user_id, desk, self.env.user):
            if user.active and not user.share and company in user.company_ids:
                return user
        return self._last_resort()

    @api.model
    def _last_resort(self):
        """Who owns what nobody else can own. No query: ``env.ref`` would look each time."""
        return self.env["res.users"].browse(self.env["ir.model.data"]._xmlid_to_res_id("base.user_admin"))

    @api.model
    def _plan(self, vals_list):
        vals_list = super()._plan(vals_list)
        kinds = self.env["om.exception.type"]
        rotas = {}
        for vals in vals_list:
            kind = kinds.browse(vals["type_id"])
            if kind.owner_rule != "team" or vals.get("is_parent"):
                continue
            company = self.env["res.company"].browse(vals["company_id"])
            if company not in rotas:
                teams = kinds.browse({v["type_id"] for v in vals_list}).team_id
                rotas[company] = teams._rotas(company)
            owner = rotas[company][kind.team_id].next(default=self.env["res.users"].browse(vals["user_id"]))
            vals.update(team_id=kind.team_id.id, user_id=owner.id)
        return vals_list

    @api.model
    def _replace_owners(self, users):
        """Give the open cases of people who leave to somebody else, by the rules of their types."""
        # sudo: their cases in all companies, whoever dismisses them
        cases = self.sudo().search([("user_id", "in", users.ids), ("is_open", "=", True)])
        if not cases:
            return
        rotas = {
            company: (of_company.type_id.team_id)._rotas(company)
            for company, of_company in cases.grouped("company_id").items()
        }
        new = {}
        for case in cases:
            owner = self._owner(case.type_id, case.order_id, case.company_id)
            if case.type_id.owner_rule == "team":
                owner = rotas[case.company_id][case.type_id.team_id].next(default=owner)
            new.setdefault(owner, self.browse())
            new[owner] |= case
        for owner, of_owner in new.items():
            # sudo: cases change hands whoever put their owner out of office
            of_owner.sudo().with_context(om_transition=INTERNAL, tracking_disable=True).write(
                {"user_id": owner.id}
            )


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Who leaves owns nothing: open cases go to whom the rules of their types name."""
        result = super().write(vals)
        if vals.get("active") is False:
            self.env["om.exception"]._replace_owners(self)
        return result
