//! What the user can want: every command with its name, label, places and keys.
//!
//! The one table that dispatch, hint line, help, palette and the README's key table
//! are made from.

/// Where keys mean something. A screen names its contexts, most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere outside text fields.
    Everywhere,
    /// Every list and scrolled text.
    List,
    /// The search line while typing.
    SearchLine,
    /// The hits of a search.
    Hits,
    /// An open record.
    Record,
    /// A hit or an open record: there is a record to act on.
    AnyRecord,
    /// The edit or create form.
    Form,
    /// The look at old and new before a form is sent.
    Review,
    /// Was, mine and theirs of a record that somebody else changed meanwhile.
    Conflict,
    /// A pick list or lookup being chosen from.
    Picker,
    /// The quick log.
    Log,
    /// The outbox.
    Outbox,
    /// Records that a write of unknown outcome may have made.
    LookAlikes,
    /// The errors.
    Errors,
    /// A query while typing.
    QueryLine,
    /// Rows of a query.
    Rows,
    /// A write block.
    Bulk,
    /// A text of a write block while typing.
    BulkLine,
    /// A yes-or-no question.
    Dialog,
    /// Duplicates found: open, save anyway or cancel.
    Duplicates,
    /// Help and palette: a list with a filter line.
    Finder,
}

impl Context {
    /// Every context, in the order documents name them.
    pub const ALL: [Self; 21] = [
        Self::Everywhere,
        Self::List,
        Self::SearchLine,
        Self::Hits,
        Self::AnyRecord,
        Self::Record,
        Self::Form,
        Self::Picker,
        Self::Review,
        Self::Conflict,
        Self::Duplicates,
        Self::Log,
        Self::Outbox,
        Self::LookAlikes,
        Self::Errors,
        Self::QueryLine,
        Self::Rows,
        Self::Bulk,
        Self::BulkLine,
        Self::Finder,
        Self::Dialog,
    ];

    /// What documents call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere (in text: Ctrl and F keys only)",
            Self::List => "lists and scrolled text",
            Self::SearchLine => "search line",
            Self::Hits => "hits",
            Self::Record => "open record",
            Self::AnyRecord => "a hit or an open record",
            Self::Form => "edit form",
            Self::Review => "review before saving",
            Self::Conflict => "changed by somebody else",
            Self::Picker => "pick list, lookup",
            Self::Log => "quick log",
            Self::Outbox => "outbox",
            Self::LookAlikes => "outbox, look-alikes found",
            Self::Errors => "errors",
            Self::QueryLine => "query line",
            Self::Rows => "rows of a query",
            Self::Bulk => "bulk",
            Self::BulkLine => "bulk, while typing",
            Self::Dialog => "question",
            Self::Duplicates => "duplicates found",
            Self::Finder => "help, commands",
        }
    }
}

/// Something the user can want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table below says what each one is")]
pub enum Command {
    Quit,
    Cancel,
    Suspend,
    Redraw,
    Help,
    Palette,
    Search,
    ViewSearch,
    ViewRecord,
    ViewOutbox,
    ViewErrors,
    ViewQuery,
    ViewBulk,
    Back,
    LastView,
    Refresh,
    RefreshDescribe,
    NextPane,
    PreviousPane,
    NextTab,
    PreviousTab,
    Down,
    Up,
    Top,
    Bottom,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    TogglePreview,
    ToggleEmpty,
    Open,
    Details,
    Edit,
    LogCall,
    LogMeeting,
    LogTask,
    LogNote,
    RepeatLog,
    New,
    Delete,
    GoParent,
    Raw,
    CopyId,
    CopyUrl,
    CopyName,
    CopyValue,
    CopyJson,
    Objects,
    Save,
    NextField,
    PreviousField,
    Choose,
    NextError,
    PreviousError,
    Revert,
    Discard,
    Leave,
    FieldInfo,
    Send,
    EditAgain,
    KeepMine,
    TakeTheirs,
    LogKind,
    SendNow,
    Link,
    LinkThis,
    PauseAll,
    Undo,
    Redo,
    CancelWrite,
    Fix,
    Retry,
    Dismiss,
    Yes,
    No,
    Run,
    Complete,
    ListViews,
    Recents,
    OlderQuery,
    NewerQuery,
    NextColumn,
    PreviousColumn,
    Mark,
    MarkRange,
    MarkAll,
    Change,
    ToggleColumn,
    RunBlock,
    CopyInvalid,
    AbortRun,
    OpenMatch,
    SaveAnyway,
}

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// Name in configuration and documents.
    pub name: &'static str,
    /// What help and palette call it.
    pub label: &'static str,
    /// Short word for the hint line; empty leaves it out.
    pub hint: &'static str,
    /// Its keys, by place.
    pub bindings: &'static [Binding],
}

/// Keys of a command in some places.
#[derive(Debug)]
pub struct Binding {
    /// Where they apply.
    pub contexts: &'static [Context],
    /// The keys, first the one that is shown; a space parts the keys of a sequence.
    pub keys: &'static [&'static str],
}

use Command as C;
use Context as X;

macro_rules! commands {
    ($($command:ident $name:literal $label:literal $hint:literal
        $([$($context:ident),*] [$($key:literal),*])+;)*) => {
        /// Every command, in the order help shows them.
        pub const COMMANDS: &[Entry] = &[$(Entry {
            command: C::$command,
            name: $name,
            label: $label,
            hint: $hint,
            bindings: &[$(Binding {
                contexts: &[$(X::$context),*],
                keys: &[$($key),*],
            }),+],
        }),*];
    };
}

commands! {
    Open "open" "Open" "open" [Hits, Record, SearchLine, Rows] ["Enter"];
    Details "details" "What happened, in full" "details" [Outbox, Errors] ["Enter"];
    Edit "edit" "Edit this record" "edit" [AnyRecord] ["e"] [SearchLine] ["C-e"];
    LogCall "log-call" "Log a call" "call" [AnyRecord] ["c", "C c"];
    LogMeeting "log-meeting" "Log a meeting" "log" [AnyRecord] ["C m"];
    LogTask "log-task" "Log a task" "" [AnyRecord] ["C t"];
    LogNote "log-note" "Log a note" "" [AnyRecord] ["C n"];
    RepeatLog "repeat-log" "Log the same kind again" "" [AnyRecord] ["L"];
    ListViews "list-views" "List views of this object" "lists" [Hits, Rows, Record] ["f"];
    New "new" "New record; in bulk a new write block" "new" [Everywhere, Bulk] ["a"];
    Delete "delete" "Delete this record" "" [AnyRecord] ["d"];
    GoParent "go-parent" "Go to the record in this field" "" [Record] ["g p"];
    Raw "raw" "Show the raw fields" "" [Record] ["i"];
    CopyId "copy-id" "Copy the id" "copy" [AnyRecord] ["y i"] [SearchLine] ["C-y"];
    CopyUrl "copy-url" "Copy the address" "" [AnyRecord] ["y u"];
    CopyName "copy-name" "Copy the name" "" [AnyRecord] ["y n"];
    CopyValue "copy-value" "Copy this value" "" [Record] ["y v"];
    CopyJson "copy-json" "Copy the record as JSON" "" [Record] ["y j"];
    NextTab "next-tab" "Next tab" "tab" [Record] ["]", "l", "Right"];
    PreviousTab "previous-tab" "Previous tab" "" [Record] ["[", "h", "Left"];
    NextPane "next-pane" "Next pane" "" [Record, Rows, Bulk] ["Tab"];
    NextColumn "next-column" "Column to the right" "" [Rows] ["l", "Right"];
    PreviousColumn "previous-column" "Column to the left" "" [Rows] ["h", "Left"];
    Mark "mark" "Mark this row" "mark" [Rows] ["Space"];
    MarkRange "mark-range" "Mark from here; again: to here" "" [Rows] ["v"];
    MarkAll "mark-all" "Mark all rows, or none" "" [Rows] ["V"];
    PreviousPane "previous-pane" "Previous pane" "" [Record, Rows, Bulk] ["S-Tab"];
    ToggleEmpty "toggle-empty" "Show or hide empty fields" "" [Record] ["z"];
    TogglePreview "toggle-preview" "Show or hide the preview" "" [Hits] ["p"];
    Objects "objects" "Choose the objects to search in" "objects" [SearchLine] ["Tab"];
    Save "save" "Save" "save" [Form, Log] ["C-s", "F2"];
    NextField "next-field" "Next field" "next" [Form, Log] ["Tab"];
    PreviousField "previous-field" "Previous field" "" [Form, Log] ["S-Tab"];
    Choose "choose" "Choose" "choose" [Picker, Finder, Form, Log, BulkLine] ["Enter"];
    NextError "next-error" "Next field with an error" "next error" [Form] ["F8"];
    PreviousError "previous-error" "Previous field with an error" "" [Form] ["F7"];
    Revert "revert" "Put back the old value" "revert" [Form] ["C-r"];
    FieldInfo "field-info" "What this field takes" "" [Form] ["C-g"];
    Discard "discard" "Discard what was typed" "discard" [Form, Log] ["C-x"];
    LogKind "log-kind" "Call, meeting, task or note" "kind" [Log] ["C-t"];
    Leave "leave" "Leave, keep the draft" "leave" [Form, Log] ["Esc"];
    Send "send" "Send it" "send" [Review] ["y", "Enter", "C-s", "F2"] [Conflict] ["y", "C-s", "F2"];
    Run "run" "Run the query" "run" [QueryLine] ["Enter", "C-s"];
    Complete "complete" "Take the word offered" "complete" [QueryLine] ["Tab"];
    OlderQuery "older-query" "The query run before" "older" [QueryLine] ["Up"];
    NewerQuery "newer-query" "The query run after it" "" [QueryLine] ["Down"];
    EditAgain "edit-again" "Back to the form" "back" [Review] ["e", "n", "Esc"] [Conflict] ["e", "Esc"];
    KeepMine "keep-mine" "Keep what I typed" "mine" [Conflict] ["m"];
    TakeTheirs "take-theirs" "Take what it holds now" "theirs" [Conflict] ["t"];
    LinkThis "link-this" "It is this record: the write is done" "it is this one" [LookAlikes] ["Enter"];
    OpenMatch "open-match" "Open the record found" "open" [Duplicates] ["o", "Enter"] [LookAlikes] ["o"];
    SaveAnyway "save-anyway" "Save anyway" "save anyway" [Duplicates] ["s"];
    SendNow "send-now" "Send now" "send now" [Outbox] ["s"];
    Fix "fix" "Correct and send again" "edit" [Outbox, Errors] ["e"];
    Link "link" "Say which record it is" "link" [Outbox] ["l"];
    RunBlock "run-block" "Check the file; once checked, send it" "check, send" [Bulk] ["C-s", "F2"];
    Change "change" "Change this setting, or where this column goes" "change" [Bulk] ["Enter"];
    ToggleColumn "toggle-column" "Write this column or not; next value" "on/off" [Bulk] ["Space"];
    CopyInvalid "copy-invalid" "Copy the path of the invalid rows" "invalid rows" [Bulk] ["c"];
    AbortRun "abort-run" "End this run" "end" [Bulk] ["x"];
    PauseAll "pause" "Stop sending, or go on" "pause" [Outbox, Bulk] ["P"];
    CancelWrite "cancel-write" "Give up this write" "cancel" [Outbox] ["x"];
    Retry "retry" "Send again unchanged" "retry" [Errors] ["s"];
    Dismiss "dismiss" "Dismiss" "dismiss" [Errors] ["d"];
    Yes "yes" "Yes" "yes" [Dialog] ["y"];
    No "no" "No" "no" [Dialog, Duplicates, LookAlikes] ["n", "Esc"];
    Down "down" "Down" "" [List, Review, Conflict, Duplicates, LookAlikes] ["j", "Down"] [SearchLine, Picker, Finder] ["Down", "C-n"] [Form, Log] ["Down"] [QueryLine] ["C-n"];
    Up "up" "Up" "" [List, Review, Conflict, Duplicates, LookAlikes] ["k", "Up"] [SearchLine, Picker, Finder] ["Up", "C-p"] [Form, Log] ["Up"] [QueryLine] ["C-p"];
    Top "top" "First" "" [List] ["g g", "Home"];
    Bottom "bottom" "Last" "" [List] ["G", "End"];
    HalfDown "half-down" "Half a page down" "" [List] ["C-d"];
    HalfUp "half-up" "Half a page up" "" [List] ["C-u"];
    PageDown "page-down" "A page down" "" [List, Picker, Finder, SearchLine, Form] ["PgDn"];
    PageUp "page-up" "A page up" "" [List, Picker, Finder, SearchLine, Form] ["PgUp"];
    Search "search" "Search" "search" [Everywhere] ["/", "g s"];
    ViewSearch "view-search" "Search view" "" [Everywhere] ["1"];
    Recents "recents" "Records seen last" "" [Everywhere] ["g r"];
    ViewRecord "view-record" "Record view" "" [Everywhere] ["2"];
    ViewOutbox "view-outbox" "Outbox view" "" [Everywhere] ["3", "g o"];
    ViewErrors "view-errors" "Errors view" "" [Everywhere] ["4", "g e"];
    ViewBulk "view-bulk" "Bulk view: files of rows" "" [Everywhere] ["5", "g b"];
    ViewQuery "view-query" "Query view: SOQL and its rows" "" [Everywhere] ["7", "g q"];
    Refresh "refresh" "Read again from the org" "refresh" [Everywhere] ["r"];
    RefreshDescribe "refresh-describe" "Read the object's fields again" "" [Everywhere] ["R"];
    Back "back" "Back" "back" [Everywhere, SearchLine, QueryLine, BulkLine, Picker, Finder] ["Esc"];
    LastView "last-view" "The view before" "" [Everywhere] ["-"];
    Undo "undo" "Take the last write back" "" [Everywhere] ["u"];
    Redo "redo" "Do again what was taken back" "" [Everywhere] ["U"];
    Palette "palette" "All commands" "commands" [Everywhere] [":", "C-p"] [Form, Log] ["C-p"];
    Help "help" "Help for this screen" "help" [Everywhere, Review, Conflict, Duplicates, LookAlikes] ["?", "F1"] [SearchLine, QueryLine, BulkLine, Form, Log, Picker] ["F1"];
    Cancel "cancel" "Cancel, twice quits" "" [Everywhere, SearchLine, QueryLine, BulkLine, Form, Log, Picker, Finder, Review, Conflict, Dialog, Duplicates, LookAlikes] ["C-c"];
    Redraw "redraw" "Draw the screen again" "" [Everywhere, SearchLine, QueryLine, BulkLine, Form, Log, Picker, Finder] ["C-l"];
    Suspend "suspend" "Suspend, fg comes back" "" [Everywhere, SearchLine, QueryLine, BulkLine, Form, Log, Picker, Finder, Review, Conflict, Dialog, Duplicates, LookAlikes] ["C-z"];
    Quit "quit" "Quit" "quit" [Everywhere] ["q"];
}

impl Command {
    /// Its row in the table.
    pub fn entry(self) -> Option<&'static Entry> {
        COMMANDS.iter().find(|entry| entry.command == self)
    }

    /// It acts on the record on show or under the cursor.
    pub fn needs_record(self) -> bool {
        self.entry()
            .is_some_and(|entry| !entry.keys_in(Context::AnyRecord).is_empty())
    }
}

impl Entry {
    /// Its keys in a context, first the one that is shown; empty when it does not apply.
    pub fn keys_in(&self, context: Context) -> &'static [&'static str] {
        self.bindings
            .iter()
            .find(|binding| binding.contexts.contains(&context))
            .map_or(&[], |binding| binding.keys)
    }

    /// The key shown for it where these contexts hold.
    pub fn key_in(&self, contexts: &[Context]) -> Option<&'static str> {
        contexts
            .iter()
            .find_map(|context| self.keys_in(*context).first().copied())
    }
}
