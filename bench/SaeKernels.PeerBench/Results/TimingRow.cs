using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>How fast one trainer took its steps; a ratio is the median of the ratios of each round.</summary>
internal sealed record TimingRow(ResultKey Key, string Variant) : ResultRow(Key, Variant)
{
    public required int Rounds { get; init; }

    /// <summary>Milliseconds a step.</summary>
    public required Samples Milliseconds { get; init; }

    /// <summary>This time over that of our step in float32; null where that was not timed.</summary>
    public required double? OverOursFp32 { get; init; }

    /// <summary>This time over that of our step in the fastest exact mode; null where that was not timed.</summary>
    public required double? OverOursAuto { get; init; }

    /// <summary>Milliseconds of the encoder; of ours with the selection, of peers without.</summary>
    public required double EncodeMilliseconds { get; init; }

    /// <summary>The encoder's operations a second over the float32 peak of the same round.</summary>
    public required double EncodeShare { get; init; }

    /// <summary>What the machine reached in the same rounds.</summary>
    public required Ceilings Ceilings { get; init; }

    /// <summary>The mean number of active latents in the last step.</summary>
    public required double Active { get; init; }

    /// <summary>The largest relative difference of a loss from that of the baseline; null where not compared.</summary>
    public required double? LossDifference { get; init; }

    /// <summary>Processors that other programs kept busy; near 0 in a clean measurement.</summary>
    public required double OtherLoad { get; init; }

    /// <summary>Floating-point operations of the encoder's forward pass.</summary>
    public static double EncoderOperations(StepShape shape) => 2.0 * shape.Batch * shape.Latents * shape.DIn;

    protected override IEnumerable<(string Name, object? Value)> Figures() =>
    [
        ("rounds", this.Rounds),
        ("median_ms", this.Milliseconds.Median()),
        ("min_ms", this.Milliseconds.Min()),
        ("max_ms", this.Milliseconds.Max()),
        ("tokens_per_second", 1e3 * this.Key.Shape.Batch / this.Milliseconds.Median()),
        ("over_ours_fp32", this.OverOursFp32),
        ("over_ours_auto", this.OverOursAuto),
        ("encode_ms", this.EncodeMilliseconds),
        ("encode_gflops", EncoderOperations(this.Key.Shape) / this.EncodeMilliseconds / 1e6),
        ("encode_share", this.EncodeShare),
        ("fma_gflops", this.Ceilings.Fma.Median()),
        ("bf16_gflops", this.Ceilings.Bf16.Median()),
        ("int8_gops", this.Ceilings.Int8.Median()),
        ("read_gb_per_second", this.Ceilings.Read.Median()),
        ("update_gb_per_second", this.Ceilings.Update.Median()),
        ("active_latents", this.Active),
        ("loss_difference", this.LossDifference),
        ("other_load", this.OtherLoad),
    ];
}
