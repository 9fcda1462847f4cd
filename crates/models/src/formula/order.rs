//! ORDER of the levels of a response, where the user states it: words do not say which is the lowest.
use super::{Design, Factor, Formula, Response};
use crate::regression::{Family, ModelError, RegressionOptions};
use crate::table::{Table, nearest};

impl Formula {
    /// Refuses an order of the levels of numbers that are taken for numbers: by the family, or, without one, as there are more of them.
    ///
    /// # Errors
    /// [`ModelError::LevelsOfNumbers`].
    pub(crate) fn refuse_levels(&self, table: &Table, options: &RegressionOptions) -> Result<(), ModelError> {
        if options.levels.is_empty() {
            return Ok(());
        }
        let numbers = match &self.response {
            Factor::Column(name, _) => table.numbers(name).is_ok(),
            Factor::Category(..) => false,
            _ => true,
        };
        let most = options.levels.len().max(2);
        let more = |name: &str| table.column(name).is_ok_and(|column| column.levels().0.len() > most);
        let plain = match options.family {
            Some(family) => !family.sorts() && family != Family::Bernoulli,
            None => self.about.is_some() || self.response.column().is_some_and(more),
        };
        if numbers && plain {
            let response = self.response.column().map_or_else(|| self.response.to_string(), str::to_string);
            return Err(ModelError::LevelsOfNumbers { response });
        }
        Ok(())
    }

    /// Puts the levels of the response of `design` into this order, where one is given; new rows are read by it too.
    ///
    /// # Errors
    /// A response of numbers; a level that does not occur, is given twice, or is left out.
    pub(crate) fn order_response(&self, design: &mut Design<'_>, order: &[String]) -> Result<(), ModelError> {
        if order.is_empty() {
            return Ok(());
        }
        let response = design.response_name.clone();
        let Response::Labels(found, codes) = &mut design.response else {
            return Err(ModelError::LevelsOfNumbers { response });
        };
        let order: Vec<String> = order.iter().map(|level| meant(level, found)).collect();
        if let Some((_, level)) = order.iter().enumerate().find(|(k, level)| order[..*k].contains(level)) {
            return Err(ModelError::LevelTwice { level: level.clone() });
        }
        if let Some(level) = order.iter().find(|level| !found.contains(level)) {
            let nearest = nearest(level, found.iter().map(String::as_str));
            return Err(ModelError::LevelUnknown { response, level: level.clone(), nearest, levels: found.clone() });
        }
        let missing: Vec<String> = found.iter().filter(|level| !order.contains(level)).cloned().collect();
        if !missing.is_empty() {
            return Err(ModelError::LevelsMissing { response, missing });
        }
        let places: Vec<u32> =
            found.iter().filter_map(|level| order.iter().position(|known| known == level)).map(|k| k as u32).collect();
        codes.iter_mut().for_each(|code| *code = places[*code as usize]);
        *found = order.clone();
        design.learned.levels.insert(self.response.to_string(), order);
        Ok(())
    }
}

/// The level that is meant: the one of this name, else, blanks about it left out, the one that is this number.
fn meant(level: &str, found: &[String]) -> String {
    let bare = level.trim();
    if let Some(same) = [level, bare].into_iter().find_map(|text| found.iter().find(|known| known.as_str() == text)) {
        return same.clone();
    }
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let asked = number(bare);
    let mut equal = found.iter().filter(|known| asked.is_some() && number(known.as_str()) == asked);
    match (equal.next(), equal.next()) {
        (Some(only), None) => only.clone(),
        _ => bare.to_owned(),
    }
}
