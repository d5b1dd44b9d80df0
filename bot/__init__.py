"""Recapbot: the memory of open-source teams, in the place where they talk.

Documents become rows, requests become replies, and only the edge touches the network. Read the modules in this
order; nothing imports from below its own line (`tests/test_layers.py` keeps the rule):

    model         what the bot knows, as frozen values
    messages      Request, Reply, UserError: all that a transport and a command know of each other
    mailbox       what a transport must not forget: its session, what it heard, what it has to say
    recaps        a document in any format -> text with a block structure
    extraction    text in, model out: metadata, sessions, decisions, actions, questions; no files, clock or database
    calendar      which occurrences a weekly rule has, and how people name days, times and zones; no clock of its own
    schema        the migrations, in order; the only file with DDL
    store         opens the database and holds every write, one transaction each
    queries       every read: one function per question
    language_model  asks a language model about recaps, where one is configured; the only import of openai
    reader        the child process that reads documents, within limits
    loading       files -> reader -> store; the same file twice changes nothing
    reminders     what is due at a given time, and its text; no clock of its own
    export        all that the database knows, as JSON and Markdown
    export_labels  what humans said of the readings, as labels to learn from
    explain       a recap as it was read, in colour, with the reason of each item
    commands      one declaration per command, dispatch, and the handlers by theme
    shipped       where the files are that the bot ships with
    config        typed settings; every fault at once, with its key
    transports    wire (lines and limits: pure), irc, matrix, console; they see only messages, mailbox and config
    delivery      sends what the ledger says is due, and writes down what became of it
    scheduler     the only import of apscheduler
    health        the lock and the heartbeat: whether a bot runs, its loop turns, and who is connected
    logs          one event a line, for the operator
    app           builds everything from the configuration, runs it, closes it
    demo_server   the demo's small IRC server
    demo          a throw-away bot, server and prompt on this machine
    cli           the command line
"""
