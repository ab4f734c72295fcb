"""A worker: it has no port, and runs until it is told to stop."""

import os
import signal
import threading

stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
print(f"{os.environ.get('GREETING', 'hello')}, here is @NAME@", flush=True)
stop.wait()
