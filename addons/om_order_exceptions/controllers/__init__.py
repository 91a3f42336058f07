from . import portal_change
