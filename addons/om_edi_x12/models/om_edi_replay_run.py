import logging
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, UserError

from odoo.addons.om_order_exceptions.transactions import COLLISIONS, NOT_THE_DOCUMENT, commit, roll_back

from .. import x12

_logger = logging.getLogger(__name__)

# Documents that are compared, or applied, before a commit: enough to share look-ups, few enough to be quick.
BATCH = 50
DAYS = 90


class OmEdiReplayRun(models.Model):
    """The replay of many received documents of one partner and kind: what would change, then some of it.

    =========  ==================================================================================
    state      meaning
    =========  ==================================================================================
    draft      which documents
    comparing  a job compares them, batch by batch; nothing is changed
    compared   the differences are there: choose what is applied
    applying   a job applies what was chosen, document by document
    done       all of it is applied, or says why not
    =========  ==================================================================================

    A job that is killed goes on where it was: each batch is committed, and each document is done once.
    """

    _name = "om.edi.replay.run"
    _description = "EDI Replay"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="edi_partner_id.company_id", store=True, index=True)
    set_id = fields.Selection("_selection_set_id", "Document", required=True, default="850")
    date_from = fields.Date(
        "Received From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=DAYS),
    )
    date_to = fields.Date("Until", required=True, default=fields.Date.context_today, help="Last day.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("comparing", "Comparing"),
            ("compared", "Compared"),
            ("applying", "Applying"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
    )
    item_ids = fields.One2many("om.edi.replay.item", "run_id", "Documents", readonly=True)
    change_ids = fields.One2many("om.edi.replay.change", "run_id", "Differences", readonly=True)
    item_count = fields.Integer("Number of Documents", compute="_compute_counts")
    open_count = fields.Integer("To Do", compute="_compute_counts")
    change_count = fields.Integer("Number of Differences", compute="_compute_counts")
    chosen_count = fields.Integer("Chosen", compute="_compute_counts")
    summary = fields.Text(compute="_compute_counts", help="Differences by field.")

    _period = models.Constraint("CHECK (date_from <= date_to)", "The first day is after the last one.")

    @api.model
    def _selection_set_id(self):
        kinds = dict(self.env["om.edi.flow"]._fields["set_id"].selection)
        documents = self.env["om.edi.transaction"]
        return [
            (set_id, label) for set_id, label in kinds.items() if documents._replaying_map(set_id) is not None
        ]

    @api.depends("edi_partner_id", "set_id", "date_from", "date_to")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.edi_partner_id.name or ''} {run.set_id or ''}, {run.date_from} – {run.date_to}"

    @api.depends("state", "item_ids.state", "change_ids.state")
    def _compute_counts(self):
        items, changes = self.env["om.edi.replay.item"], self.env["om.edi.replay.change"]
        of_items, of_changes = Counter(), Counter()
        for run, state, count in items._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        ):
            of_items[run, state] += count
        by_field = {}
        for run, field, state, count in changes._read_group(
            [("run_id", "in", self.ids)], ["run_id", "field", "state"], ["__count"]
        ):
            of_changes[run, state] += count
            by_field.setdefault(run, Counter())[field or "?"] += count
        for run in self:
            run.item_count = sum(count for (of, _state), count in of_items.items() if of == run)
            run.open_count = of_items[run, "todo"] + of_items[run, "chosen"]
            run.change_count = sum(count for (of, _state), count in of_changes.items() if of == run)
            run.chosen_count = of_changes[run, "chosen"]
            run.summary = "\n".join(
                f"{field}: {count}" for field, count in by_field.get(run, Counter()).most_common()
            )

    # ------------------------------------------------------------------------------------- actions

    def _check_manager(self):
        if not self.env.user.has_group("om_edi_x12.group_edi_manager"):
            raise AccessError(self.env._("Only EDI managers replay EDI documents."))
        self.check_access("read")

    def action_compare(self):
        """Compare the documents of the period; nothing is changed. What an earlier look found goes."""
        self._check_manager()
        # sudo: what is found is the system's; managers do not write it
        for run in self.sudo():
            if run.state in ("comparing", "applying"):
                raise UserError(self.env._("%s is at work.", run.name))
            run.item_ids.unlink()
            documents = self.env["om.edi.transaction"].sudo().search(run._documents_domain(), order="id")
            self.env["om.edi.replay.item"].sudo().create(
                [{"run_id": run.id, "transaction_id": document.id} for document in documents]
            )
            run.state = "comparing"
        self.env["ir.cron"]._om_trigger("om_edi_x12.cron_replay")
        return True

    def _documents_domain(self):
        return [
            ("edi_partner_id", "=", self.edi_partner_id.id),
            ("direction", "=", "in"),
            ("set_id", "=", self.set_id),
            ("state", "in", ("done", "error")),
            ("intake_id.received_at", ">=", self.date_from),
            ("intake_id.received_at", "<", self.date_to + timedelta(days=1)),
        ]

    def action_apply(self):
        """Apply the chosen differences."""
        self._check_manager()
        # sudo: as above
        for run in self.sudo():
            chosen = run.change_ids.filtered(lambda change: change.state == "chosen")
            if run.state != "compared" or not chosen:
                raise UserError(self.env._("Compare first, and choose what is to be applied."))
            chosen.item_id.write({"state": "chosen"})
            run.state = "applying"
        self.env["ir.cron"]._om_trigger("om_edi_x12.cron_replay")
        return True

    def action_open_changes(self):
        """Open the differences, by field."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_replay_change")
        return {**action, "domain": [("run_id", "=", self.id)]}

    def action_open_items(self):
        """Open the documents."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_replay_item")
        return {**action, "domain": [("run_id", "=", self.id)]}

    # ----------------------------------------------------------------------------------------- job

    @api.model
    def _cron_replay(self):
        """Compare and apply, batch by batch; what another worker has in hand is skipped."""
        items = self.env["om.edi.replay.item"]
        todo = [("state", "in", ("todo", "chosen")), ("run_id.state", "in", ("comparing", "applying"))]
        self.env["ir.cron"]._commit_progress(remaining=items.search_count(todo))
        after = 0
        while True:
            found = items.search([*todo, ("id", ">", after)], order="id", limit=BATCH)
            if not found:
                break
            after = found[-1].id
            batch = found.try_lock_for_update(allow_referencing=True)
            try:
                for of_run in batch.grouped("run_id").values():
                    of_run._work()
                batch.run_id._end()
            except COLLISIONS:
                if modules.module.current_test:
                    raise
                # it is tried again at the next turn
                roll_back(self.env, pause=0.5)
                self.env["ir.cron"]._om_trigger("om_edi_x12.cron_replay")
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                return
        self.search([("state", "in", ("comparing", "applying"))])._end()
        commit(self.env)

    def _end(self):
        """Bring runs to their next state whose documents are all done."""
        for run in self:
            working = {"comparing": "todo", "applying": "chosen"}.get(run.state)
            if working and not run.item_ids.search_count(
                [("run_id", "=", run.id), ("state", "=", working)], limit=1
            ):
                run.state = "compared" if run.state == "comparing" else "done"


class OmEdiReplayItem(models.Model):
    """One document of a replay."""

    _name = "om.edi.replay.item"
    _description = "EDI Replay: Document"
    _order = "run_id, id"
    _rec_name = "transaction_id"

    run_id = fields.Many2one("om.edi.replay.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    transaction_id = fields.Many2one(
        "om.edi.transaction", "Document", required=True, index=True, ondelete="cascade"
    )
    change_ids = fields.One2many("om.edi.replay.change", "item_id", "Differences")
    state = fields.Selection(
        [
            ("todo", "To Compare"),
            ("same", "No Difference"),
            ("differs", "Differs"),
            ("refused", "Can't Be Applied"),
            ("chosen", "To Apply"),
            ("applied", "Applied"),
            ("failed", "Not Applied"),
        ],
        default="todo",
        required=True,
        index=True,
    )
    message = fields.Text()

    _todo_idx = models.Index("(run_id, id) WHERE state IN ('todo', 'chosen')")

    def _work(self):
        """Compare or apply these documents of one run, as far as they are to be."""
        self.filtered(lambda item: item.state == "todo")._compare()
        for item in self.filtered(lambda item: item.state == "chosen"):
            item._apply()

    def _compare(self):
        """Find the differences of these documents; those of one that can't be read say so."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                replayed = self.transaction_id._replay()
        except NOT_THE_DOCUMENT:
            raise
        except Exception as error:
            if len(self) > 1:
                for item in self:
                    item._compare()
                return
            _logger.info("EDI transaction %s can't be replayed", self.transaction_id.id, exc_info=True)
            self.write({"state": "failed", "message": str(error) or type(error).__name__})
            return
        changes = []
        for item in self:
            found = replayed[item.transaction_id]
            state = "differs" if found.applicable else "refused" if found.changes or found.refusal else "same"
            item.write({"state": state, "message": found.refusal or False})
            changes += [
                {
                    "item_id": item.id,
                    "place": change.place,
                    "field": change.field,
                    "before": change.before,
                    "after": change.after,
                    "refusal": found.refusal or change.refusal,
                    "state": "refused" if found.refusal or change.refusal else "found",
                }
                for change in found.changes
            ]
        self.env["om.edi.replay.change"].create(changes)

    def _apply(self):
        """Apply what was chosen of one document, when it would still change the same."""
        self.ensure_one()
        document = self.transaction_id
        chosen = self.change_ids.filtered(lambda change: change.state == "chosen")
        wanted = {change._shown() for change in chosen}
        try:
            with self.env.cr.savepoint():
                replayed = document._replay()[document]
                changes = [change for change in replayed.applicable if change.shown in wanted]
                if {change.shown for change in changes} != wanted and not replayed.refusal:
                    raise UserError(self.env._("It would change something else by now. Compare again."))
                document._apply_changes(replayed, changes)
        except NOT_THE_DOCUMENT:
            raise
        except (UserError, ValueError, x12.X12Error) as error:
            self.write({"state": "failed", "message": str(error)})
        except Exception as error:
            _logger.info("EDI transaction %s can't be replayed", document.id, exc_info=True)
            self.write({"state": "failed", "message": str(error) or type(error).__name__})
        else:
            self.write({"state": "applied", "message": False})
            chosen.write({"state": "applied"})


class OmEdiReplayChange(models.Model):
    """One difference of one document of a replay."""

    _name = "om.edi.replay.change"
    _description = "EDI Replay: Difference"
    _order = "item_id, id"
    _rec_name = "field"

    item_id = fields.Many2one("om.edi.replay.item", "Document", required=True, index=True, ondelete="cascade")
    run_id = fields.Many2one(related="item_id.run_id", store=True, index=True)
    company_id = fields.Many2one(related="item_id.company_id", store=True, index=True)
    transaction_id = fields.Many2one(related="item_id.transaction_id", store=True, string="EDI Document")
    place = fields.Char()
    field = fields.Char(index=True)
    before = fields.Char()
    after = fields.Char()
    refusal = fields.Char("Why Not")
    state = fields.Selection(
        [("found", "Found"), ("chosen", "Chosen"), ("refused", "Can't Be Applied"), ("applied", "Applied")],
        default="found",
        required=True,
        index=True,
    )

    def _shown(self):
        return (self.place or "", self.field or "", self.before or "", self.after or "")

    def action_choose(self):
        """These differences are to be applied."""
        self._pick("found", "chosen")
        return True

    def action_leave(self):
        """These differences are not to be applied."""
        self._pick("chosen", "found")
        return True

    def _pick(self, before, after):
        self.run_id._check_manager()
        # sudo: what was found is the system's; managers choose by this action only
        changes = self.sudo().filtered(lambda change: change.state == before)
        if changes.run_id.filtered(lambda run: run.state != "compared"):
            raise UserError(self.env._("Choose after comparing, and before applying."))
        changes.write({"state": after})
