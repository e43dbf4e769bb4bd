#pragma once

#include "core/training/events.h"

#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// `metrics.csv`: a header, then one line an epoch: epoch (from 0), train_loss, l2_<label> and h1_<label> of
/// each test set, policy, seconds, total_seconds. Cells of an evaluation that was not due are empty. Numbers
/// are written so that they read back exactly.
std::string metrics_header(const std::vector<std::string>& labels);
std::string metrics_line(const EpochEvent& event, const std::vector<std::string>& labels);

/// Reads such a text; lines that are not whole are left out.
std::vector<EpochEvent> parse_metrics(std::string_view text);

}  // namespace halfwave
