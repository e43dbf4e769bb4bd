#pragma once

class QWidget;

namespace halfwave::widgets {

/// In forms that scroll: the wheel changes a spin box, combo box or slider inside `form` only while it has the
/// keyboard focus; otherwise the form scrolls.
void guard_wheel(QWidget& form);

}  // namespace halfwave::widgets
