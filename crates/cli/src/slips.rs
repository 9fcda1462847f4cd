//! SLIPS: a misspelt flag where an expression may stand, which the grammar would take for one that begins with a minus.
use crate::arguments::Arguments;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};
use std::ffi::OsString;
use steepest_spec::nearest;

/// What to say of the first flag that its verb does not have.
pub fn unknown_flag(arguments: impl Iterator<Item = OsString>) -> Option<Error> {
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let mut all = Arguments::command();
    all.build();
    let verb = all.find_subcommand_mut(arguments.next()?)?;
    if !verb.get_positionals().any(|text| text.is_allow_hyphen_values_set()) {
        return None;
    }
    // Each flag, and whether it takes a value.
    let flags: Vec<(String, bool)> = verb
        .get_arguments()
        .filter_map(|flag| Some((flag.get_long()?.to_owned(), flag.get_action().takes_values())))
        .collect();
    while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
        let Some(flag) = argument.strip_prefix("--").filter(|flag| flag.starts_with(char::is_alphabetic)) else {
            continue;
        };
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        match flags.iter().find(|(known, _)| known == name) {
            // What comes after it is its value, whatever it looks like.
            Some((_, true)) if value.is_none() => drop(arguments.next()),
            Some(_) => {}
            None => {
                let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(verb);
                let shown = |name: &str| ContextValue::String(format!("--{name}"));
                error.insert(ContextKind::InvalidArg, shown(name));
                if let Some(near) = nearest(name, flags.iter().map(|(known, _)| known.as_str())) {
                    error.insert(ContextKind::SuggestedArg, shown(near));
                }
                error.insert(ContextKind::Usage, ContextValue::StyledStr(verb.render_usage()));
                return Some(error);
            }
        }
    }
    None
}
