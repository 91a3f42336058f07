from . import as2
from . import https
