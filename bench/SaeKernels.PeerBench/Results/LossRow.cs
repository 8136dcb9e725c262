namespace SaeKernels.PeerBench;

/// <summary>The loss of one step, and how far it is from that of <see cref="PeerCatalog.Baseline"/>.</summary>
internal sealed record LossRow(ResultKey Key, string Variant, int Step, double Loss, double RelativeDifference)
    : ResultRow(Key, Variant)
{
    protected override IEnumerable<(string Name, object? Value)> Figures() =>
        [("step", this.Step), ("loss", this.Loss), ("relative_difference", this.RelativeDifference)];
}
