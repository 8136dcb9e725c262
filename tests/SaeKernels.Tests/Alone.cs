namespace SaeKernels.Tests;

/// <summary>Tests beside which no other test of this project runs: they see what the whole process does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
