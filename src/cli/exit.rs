//! Exit codes, the same for all commands.
//!
//! In: what came of a command. Out: 0 done, 1 a fault, a refusal or a verdict that wants attention, 2 usage, 3 the
//! server can not be asked, 4 clients are hurt. Does not know commands.

use std::process::ExitCode;

use crate::core::verdict::Grade;

/// The words were not understood.
pub(super) fn misused() -> ExitCode {
    ExitCode::from(2)
}

/// The server can not be asked.
pub(super) fn not_asked() -> ExitCode {
    ExitCode::from(3)
}

/// How things stand.
pub(super) fn of(grade: Grade) -> ExitCode {
    match grade {
        Grade::Fine => ExitCode::SUCCESS,
        Grade::Attention => ExitCode::FAILURE,
        Grade::Unknown => not_asked(),
        Grade::Hurt => ExitCode::from(4),
    }
}
