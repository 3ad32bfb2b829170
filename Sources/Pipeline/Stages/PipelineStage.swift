/// What can stand in a list of stages: one of columns (`TableStage`), one of rows (`Estimator`), or, in the
/// module Distributed, a network that learns from what the stages before it make.
public protocol PipelineStage: Sendable {}
