from . import duplicate_po
from . import item
from . import price
from . import requested_date
from . import ship_to
from . import unit
