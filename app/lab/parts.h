#pragma once

namespace halfwave::lab {

class DataController;
class DataLoader;
class Document;
class DocumentBinding;
class PolicyController;
class RunViews;
class StatusStrip;
class TrainingBridge;
struct Views;

/// What the window consists of, for those who act on several parts.
struct Parts {
  Document& document;
  DocumentBinding& binding;
  DataLoader& loader;
  DataController& data;
  TrainingBridge& bridge;
  PolicyController& policy;
  RunViews& run_views;
  StatusStrip& strip;
  const Views& views;
};

}  // namespace halfwave::lab
