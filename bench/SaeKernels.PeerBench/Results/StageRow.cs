namespace SaeKernels.PeerBench;

/// <summary>Where the time of a step goes.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Variant">The name of the trainer.</param>
/// <param name="Stage">The name of the stage: of ours an operation of the backend.</param>
/// <param name="Milliseconds">The median over rounds.</param>
/// <param name="Share">Its part of the step.</param>
internal sealed record StageRow(ResultKey Key, string Variant, string Stage, double Milliseconds, double Share)
    : ResultRow(Key, Variant)
{
    protected override IEnumerable<(string Name, object? Value)> Figures() =>
        [("stage", this.Stage), ("median_ms", this.Milliseconds), ("share", this.Share)];
}
