"""Work in committed steps, side by side with other processes."""

import random
import time

from psycopg2 import InterfaceError, OperationalError, errors

from odoo import modules
from odoo.exceptions import ConcurrencyError, LockError

# Another process was faster: the same step succeeds when it is tried again.
COLLISIONS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    ConcurrencyError,
    LockError,
)
# The database or another process is in the way: never to be held against a document.
NOT_THE_DOCUMENT = (*COLLISIONS, OperationalError, InterfaceError)
PAUSES = (0.1, 0.5, 1.0, 2.0)


def commit(env):
    """Commit what was done; in tests, which are one transaction, only write it out."""
    if modules.module.current_test:
        env.flush_all()
    else:
        env.cr.commit()


def roll_back(env, pause=0.0):
    """Undo what was not committed, and let the other process pass."""
    env.cr.rollback()
    time.sleep(random.uniform(0, pause))


def _see_others(env):
    commit(env)
    env.invalidate_all()
    if not modules.module.current_test:
        env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def in_step(env, function, sees_others=False):
    """Call ``function`` and commit; again, in a new transaction, when it collided with another process.

    :param sees_others: every statement sees what others have committed until then, not the state at the
        begin (``READ COMMITTED``). So a step that has to wait for a row goes on with it as it is then, where
        it would collide else. What was done before is committed first.
    :return: what ``function`` returned
    :raise: one of ``COLLISIONS`` when it collided every time; nothing is kept then
    """
    for pause in (*PAUSES, None):
        try:
            if sees_others:
                _see_others(env)
            result = function()
            commit(env)
            return result
        except COLLISIONS:
            if modules.module.current_test or pause is None:
                raise
            roll_back(env, pause)
