from . import models
from . import wizard

TYPE = {"module": "om_credit_hold", "model": "om.exception.type", "name": "type_crd_limit"}
CODE = "E-CRD-LIMIT"


def pre_init_hook(env):
    """Take up the exception type of an earlier installation, which its cases keep alive."""
    kind = env["om.exception.type"].with_context(active_test=False).search([("code", "=", CODE)])
    if kind:
        env["ir.model.data"].create({**TYPE, "res_id": kind.id, "noupdate": True})
        kind.active = True


def uninstall_hook(env):
    """Let go what credit holds, for without this addon nobody could; keep the cases as evidence."""
    env["om.exception"].search([("code", "=", CODE), ("is_open", "=", True)])._close("auto_closed")
    if env["om.exception"].search_count([("code", "=", CODE)], limit=1):
        env["om.exception.type"].search([("code", "=", CODE)]).active = False
        env["ir.model.data"].search([(key, "=", value) for key, value in TYPE.items()]).unlink()
