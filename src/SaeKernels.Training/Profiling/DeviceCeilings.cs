using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The best rates of a device, and the time that work takes at the least.</summary>
public sealed class DeviceCeilings
{
    private readonly double fma;
    private readonly double memory;

    /// <summary>Takes measurements; of several with one name the best counts.</summary>
    /// <param name="measured">At least one of multiply-adds and one of memory.</param>
    public DeviceCeilings(IReadOnlyList<DeviceCeiling> measured)
    {
        this.All =
        [
            .. measured.GroupBy(ceiling => ceiling.Name).Select(group => group.MaxBy(ceiling => ceiling.PerSecond)!),
        ];
        this.fma = Best(CeilingKind.Fma);
        this.memory = Best(CeilingKind.Memory);
        if (!(this.fma > 0 && this.memory > 0))
        {
            throw new ArgumentException(
                $"DeviceCeilings: there must be a rate above 0 of multiply-adds and of memory, but they are {this.fma} "
                + $"and {this.memory}. Measure both.",
                nameof(measured));
        }

        this.Drift = measured.GroupBy(ceiling => ceiling.Name)
            .Max(group => group.Max(ceiling => ceiling.PerSecond) / group.Min(ceiling => ceiling.PerSecond));
    }

    /// <summary>Every rate by its name, in the order of their first measurement.</summary>
    public IReadOnlyList<DeviceCeiling> All { get; }

    /// <summary>The largest ratio of two measurements with one name; 1 where each was measured once.</summary>
    public double Drift { get; }

    /// <summary>The best rate of a kind, in operations or bytes a second; 0 where none was measured.</summary>
    /// <param name="kind">The kind.</param>
    public double Best(CeilingKind kind) => this.All
        .Where(ceiling => ceiling.Kind == kind)
        .Select(ceiling => ceiling.PerSecond)
        .DefaultIfEmpty(0)
        .Max();

    /// <summary>The least seconds for the arithmetic of an operation.</summary>
    /// <param name="cost">Its work.</param>
    /// <param name="precision">The arithmetic of the encoder.</param>
    public double ArithmeticSeconds(OperationCost cost, EncoderPrecision precision)
    {
        double low = !cost.IsEncoder ? 0 : precision switch
        {
            EncoderPrecision.Bf16 or EncoderPrecision.ExactBf16 => Best(CeilingKind.Bf16Product),
            EncoderPrecision.Tf32 or EncoderPrecision.ExactTf32 => Best(CeilingKind.Tf32Product),
            EncoderPrecision.ExactInt8 => Best(CeilingKind.Int8Product),
            _ => 0,
        };
        return cost.Flop / Math.Max(low, this.fma);
    }

    /// <summary>The least seconds in which memory moves some bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public double MemorySeconds(double bytes) => bytes / this.memory;
}
