from . import models
from . import wizard


def uninstall_hook(env):
    """Let go what credit holds: without this addon nobody could."""
    held = env["om.exception"].search([("code", "=like", "E-CRD-%"), ("is_open", "=", True)])
    held._close("auto_closed")
    env["om.exception.type"].search([("code", "=like", "E-CRD-%")]).active = False
