using SaeKernels.Abstractions;
using SaeKernels.Cpu;

namespace SaeKernels.PeerBench;

/// <summary>What the machine reaches when it does one thing only, measured once a round.</summary>
internal sealed class Ceilings : IDisposable
{
    private const long WorkingSetBytes = 1 << 28;
    private readonly CpuBackend backend;
    private readonly List<IReadOnlyList<DeviceCeiling>> rounds = [];

    /// <summary>Opens the processor.</summary>
    public Ceilings(int threads) => this.backend = new CpuBackend(threads);

    /// <summary>The processor's name.</summary>
    public string Processor => this.backend.Device.Name;

    /// <summary>10⁹ float32 operations a second; a multiply-add counts as two.</summary>
    public Samples Fma => Of(ceiling => ceiling.Kind == CeilingKind.Fma);

    /// <summary>10⁹ operations a second of bfloat16 products; none where our backend has none.</summary>
    public Samples Bf16 => Of(ceiling => ceiling.Kind == CeilingKind.Bf16Product);

    /// <summary>10⁹ operations a second of 8-bit products; none where our backend has none.</summary>
    public Samples Int8 => Of(ceiling => ceiling.Kind == CeilingKind.Int8Product);

    /// <summary>10⁹ bytes a second of reading memory.</summary>
    public Samples Read => Of(ceiling => ceiling.Name.StartsWith("read", StringComparison.Ordinal));

    /// <summary>10⁹ bytes a second of reading and writing three arrays, as Adam does.</summary>
    public Samples Update => Of(ceiling => ceiling.Name.StartsWith("update", StringComparison.Ordinal));

    /// <summary>Measures.</summary>
    public void TakeTurn() => this.rounds.Add(this.backend.MeasureCeilings(WorkingSetBytes));

    public void Dispose() => this.backend.Dispose();

    private Samples Of(Predicate<DeviceCeiling> wanted) => Samples.Of(
        from round in this.rounds
        let found = round.Where(ceiling => wanted(ceiling)).Select(ceiling => ceiling.PerSecond)
        where found.Any()
        select found.Max() / 1e9);
}
