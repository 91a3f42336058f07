from . import test_access
from . import test_dataset
from . import test_measuring
from . import test_queue
from . import test_tour
from . import test_views
