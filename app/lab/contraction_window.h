#pragma once

class QWidget;

namespace halfwave::lab {

class Document;

/// The plan of a Fourier layer's contraction in a window of its own, which follows the document. Opens it, or
/// brings it to the front.
void show_contraction_plan(QWidget& window, Document& document);

}  // namespace halfwave::lab
