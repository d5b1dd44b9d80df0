"""`make bench`: speed and size of the bot, measured as people meet them, with the floor and the peers beside.

    python -m tools.bench [PART…]     all parts, or some of: latency storm lifecycle loading searching crashes
    QUICK=1                           1,000 recaps instead of 10,000, shorter storms, 20 kills instead of 200

Real processes and real servers on loopback, nothing of ours replaced. Each part gives figures; the table at the end
shows them all, and the exit status is 1 when a target is missed. Read the modules in this order:

    figures      a measured figure, and the table
    processes    the bot as a process of its own, its memory, and a client that times answers
    floor_bot    the least that a bot on the `irc` package can be: what ours is compared with
    latency      how long an answer takes, without limits on sending
    storm        what a 21st person waits while twenty ask ten questions each, with the limits that people meet
    lifecycle    from start to joined, coming back after the server was gone, memory
    corpus       ten thousand recaps, made from the five of seeds/
    filling      the process that loads them, on one core
    loading      how fast and how flat that is, and the floor for writing
    searching    how long commands take over all of them
    crashes      the crash test of the reminders, with more kills than `make test` has time for
"""
