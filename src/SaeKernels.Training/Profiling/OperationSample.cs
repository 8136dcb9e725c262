namespace SaeKernels.Training;

/// <summary>One run of an operation within a step.</summary>
/// <param name="Name">The operation; a second run within the step ends in " 2".</param>
/// <param name="Cost">Its work and traffic.</param>
/// <param name="BeginSeconds">When the device began with it, after the beginning of the step.</param>
/// <param name="Seconds">How long the device took.</param>
/// <param name="HostBeginSeconds">When the host began to enqueue it, after the beginning of the step.</param>
/// <param name="HostSeconds">How long the host took to enqueue it.</param>
public sealed record OperationSample(
    string Name,
    OperationCost Cost,
    double BeginSeconds,
    double Seconds,
    double HostBeginSeconds,
    double HostSeconds);
