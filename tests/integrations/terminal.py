"""Types lines into an interactive shell on a terminal, presses Tab at the end of each, and prints what then stands there.

    terminal.py SETUP "SHELL OPTIONS" LINE...

SETUP is run first and must make the prompt `ready> `. A word of its own comes behind the Tab: keys are taken one after the
other, so the answer is there when that word is. Then the line is emptied. Nothing waits for a time.
"""
import os
import pty
import re
import select
import sys
import time

LIMIT = 60  # seconds for each answer; a busy machine takes its time
PROMPT = "ready> "
END = "=end="
# Colours, movements of the cursor, titles, and what else a terminal is told.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[()=>][0-9A-B]?|[\x07\r]")


def main():
    setup, shell, lines = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(shell[0], shell)
    os.write(terminal, f"{setup}\n".encode())
    wait(terminal, "", lambda text: text.endswith(PROMPT))
    for line in lines:
        os.write(terminal, f"{line}\t{END}".encode())
        text = wait(terminal, PROMPT, lambda text: END in text)
        # A shell that lists names draws prompt and line anew below: the last one counts.
        before = text[: text.index(END)]
        print(before[before.rindex(PROMPT) + len(PROMPT) :], flush=True)
        # Not Ctrl-C: a shell that is just about to read may not hear of it before the next key.
        os.write(terminal, b"\x15\r")
        wait(terminal, "", lambda text: text.endswith(PROMPT))
    os.close(terminal)


def wait(terminal, text, enough):
    """Reads until there is enough; returns what the terminal has shown, behind the text that was there."""
    raw, end = b"", time.monotonic() + LIMIT
    while not enough(shown := text + plain(raw)):
        if time.monotonic() > end:
            sys.exit(f"waited {LIMIT} s, and saw only {shown!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            raw += os.read(terminal, 65536)
    return shown


def plain(raw):
    text = CONTROL.sub("", raw.decode(errors="replace"))
    # A backspace takes the character before it back.
    while "\x08" in text:
        text = re.sub(r"[^\x08]?\x08", "", text, count=1)
    return text


main()
