"""What jobs and screens of EDI look up, in a small and in a large database."""

from ast import literal_eval
from datetime import date

from .edi_company import in_one_transaction
from .measure import measured
from .output import say

ROUNDS = 3
CONFIRMED = 20
PAGE = 80
OVERVIEW = (
    "name",
    "failed_count",
    "refused_count",
    "overdue_count",
    "unanswered_count",
    "unsent_count",
    "waiting_count",
    "last_heard_at",
)
LIST_FIELDS = ("direction", "set_id", "reference", "edi_partner_id", "order_id", "state", "ack_state")


def report_lookups(small, large):
    """Print what each look-up takes with few orders in the database and with many."""
    say(
        f"\n{'look-ups, best of ' + str(ROUNDS):46}{'CPU':>10}{'wall':>10}{'queries':>9}"
        f"{'CPU, large':>14}{'wall':>10}{'queries':>9}"
    )
    for label, look in LOOKUPS.items():
        few, many = best(small, look), best(large, look)
        say(
            f"{label:46}{few['cpu'] * 1000:>8.1f}ms{few['wall'] * 1000:>8.1f}ms{few['queries']:>9}"
            f"{many['cpu'] * 1000:>12.1f}ms{many['wall'] * 1000:>8.1f}ms{many['queries']:>9}"
        )


def best(history, look):
    """The least that this takes, once everything that it finds for the first time is settled."""
    env, figures = history.env, []
    with in_one_transaction():
        look(history)
        env.flush_all()
    env.cr.commit()
    for _round in range(ROUNDS):
        env.invalidate_all()
        with measured(env.cr) as one, in_one_transaction():
            look(history)
            env.flush_all()
        env.cr.rollback()
        figures.append(one)
    env.invalidate_all()
    return min(figures, key=lambda one: one["cpu"])


def documents(history):
    return history.env["om.edi.transaction"].with_user(history.specialist)


def this_month():
    return [("create_date", ">=", date.today().replace(day=1).isoformat())]


def look_at_monitor(history):
    partners = history.env["om.edi.partner"].with_user(history.specialist)
    partners.web_search_read([], dict.fromkeys(OVERVIEW, {}), limit=PAGE, count_limit=10001)


def look_at_month(history):
    documents(history).formatted_read_group(this_month(), ["edi_partner_id", "set_id", "state"], ["__count"])


def look_at_list(history):
    documents(history).web_search_read([], dict.fromkeys(LIST_FIELDS, {}), limit=PAGE, count_limit=10001)


def look_at_failures(history):
    action = history.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_failures")
    documents(history).web_read_group(literal_eval(action["domain"]), ["edi_partner_id"], ["__count"])


def take_in_997(history):
    history.acknowledge(history.unanswered)
    history.env.cr.rollback()
    history.company.last_number -= 1


def confirm(history):
    """Orders that come in and are confirmed at once, each with the 855 that it owes."""
    company = history.company
    data = company.orders(CONFIRMED, 3, "CONFIRM")
    company.last_number -= 1
    company.edi_partner.auto_confirm = True
    orders = company.receive(data).order_ids
    history.expect(orders, "sale")
    history.env.cr.rollback()


LOOKUPS = {
    "job: received documents that wait": lambda h: h.env["om.intake"]._cron_process(),
    "job: documents to send, all partners": lambda h: h.env["om.edi.partner"]._cron_send(),
    "job: acknowledgments that are late": lambda h: h.env["om.edi.transaction"]._cron_ack_late(),
    "job: documents that we owe": lambda h: h.env["om.edi.flow"]._cron_owed_late(),
    "job: answers of warehouses that are late": lambda h: h.env["om.edi.transaction"]._cron_silent(),
    "job: partners that are silent": lambda h: h.env["om.edi.partner"]._cron_silent(),
    "screen: monitor, first page": look_at_monitor,
    "screen: documents of this month by kind": look_at_month,
    "screen: list of documents, first page": look_at_list,
    "screen: failures by partner": look_at_failures,
    "a 997 comes in": take_in_997,
    f"{CONFIRMED} 850s come in and are confirmed, 855s owed": confirm,
}
