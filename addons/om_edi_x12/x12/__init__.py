"""X12 EDI in plain Python: read, validate, acknowledge, build, show.  See README.md."""

from .delimiters import Delimiters as Delimiters
from .errors import BuildError as BuildError
from .errors import UnreadableError as UnreadableError
from .errors import X12Error as X12Error
from .events import Finding as Finding
from .events import GroupEnd as GroupEnd
from .events import GroupStart as GroupStart
from .events import InterchangeAck as InterchangeAck
from .events import InterchangeEnd as InterchangeEnd
from .events import InterchangeStart as InterchangeStart
from .events import Transaction as Transaction
from .gs1 import check_digit as check_digit
from .gs1 import sscc as sscc
from .reader import read as read
from .rules import Rules as Rules
