//! What the focused field takes: type, limits, help text, allowed values.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::app::screen::form::Sheet;
use crate::domain::schema::{Field, FieldType};
use crate::domain::text;
use crate::ui::panel;
use crate::ui::theme::Theme;

/// Columns of the box, where there is room.
const WIDTH: u16 = 56;

/// Draws it in a box under the field, or above where there is no room.
pub fn draw(sheet: &Sheet, theme: &Theme, frame: &mut Frame<'_>, anchor: Rect, bounds: Rect) {
    let Some(field) = sheet.focused() else { return };
    let width = WIDTH.min(bounds.width);
    let inner = usize::from(width.saturating_sub(4));
    let lines: Vec<String> = facts(sheet, field)
        .iter()
        .flat_map(|fact| text::wrap(fact, inner))
        .collect();
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let height = wanted.saturating_add(2).min(bounds.height);
    let y = match anchor.y + 1 + height <= bounds.bottom() {
        true => anchor.y + 1,
        false => anchor.y.saturating_sub(height).max(bounds.y),
    };
    let area = Rect {
        x: anchor.x.min(bounds.right() - width),
        y: y.min(bounds.bottom() - height),
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let label = text::line(field.title());
    let inside = panel::draw(theme, frame, area, &label, "any key closes");
    for (line, y) in lines.into_iter().zip(inside.y..inside.bottom()) {
        let row = Rect {
            x: inside.x + 1,
            y,
            width: inside.width.saturating_sub(1),
            height: 1,
        };
        frame.render_widget(Line::styled(line, theme.text), row);
    }
}

fn facts(sheet: &Sheet, field: &Field) -> Vec<String> {
    let mut facts = vec![format!("{}  {}", field.api_name, kind_of(field))];
    let flags = [
        (field.is_required(), "required"),
        (field.unique, "no two records may share it"),
        (field.external_id, "external id"),
        (field.html, "holds HTML"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|it| it.0).map(|it| it.1).collect();
    if !flags.is_empty() {
        facts.push(flags.join(", "));
    }
    facts.extend(field.help.clone().filter(|help| !help.is_empty()));
    if !field.picklist.is_empty() {
        let active = field.picklist.iter().filter(|value| value.active);
        let labels: Vec<&str> = active.map(|value| value.label.as_str()).collect();
        facts.push(format!("Values: {}", labels.join(", ")));
    }
    let controller = field.controller.as_deref();
    if let Some(controller) = controller.and_then(|it| sheet.form.schema.field(it)) {
        facts.push(format!("{} decides which of them fit", controller.title()));
    }
    facts
}

fn kind_of(field: &Field) -> String {
    let digits = field.precision.saturating_sub(field.scale);
    match field.kind {
        FieldType::Boolean => "checkbox".to_owned(),
        FieldType::Int => format!("whole number, at most {} digits", field.digits),
        FieldType::Double | FieldType::Currency | FieldType::Percent => format!(
            "number, {digits} digits before the point, {} behind; 20k works",
            field.scale
        ),
        FieldType::Date => "date: 2026-11-30, 30 nov, fri, +3d, +2w".to_owned(),
        FieldType::DateTime => "date and time: fri 14:30, now, 2026-11-30 09:00".to_owned(),
        FieldType::Time => "time of day: 14:30, 2pm".to_owned(),
        FieldType::Email => format!("e-mail address, at most {} characters", field.length),
        FieldType::Reference => format!("lookup of {}", field.reference_to.join(", ")),
        FieldType::Picklist if field.restricted => "one of a list, no other value".to_owned(),
        FieldType::Picklist => "one of a list".to_owned(),
        FieldType::MultiPicklist => "any number of a list".to_owned(),
        FieldType::TextArea => {
            format!("text of several lines, at most {} characters", field.length)
        }
        _ => format!("text, at most {} characters", field.length),
    }
}
