<?php
// A worker: it has no port, and runs until it is told to stop.
echo (getenv('GREETING') ?: 'hello') . ", here is @NAME@\n";
while (true) {
    sleep(60);
}
