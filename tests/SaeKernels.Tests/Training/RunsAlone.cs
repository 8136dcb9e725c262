namespace SaeKernels.Tests.Training;

/// <summary>Tests that must not run beside others.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;
