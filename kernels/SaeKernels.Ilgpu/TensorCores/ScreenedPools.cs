using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Whatever reaches the least order of its latent with tensor cores: low precision screens, and in the exact modes
/// float32 decides; for thresholds and batch-wide selections.
/// </summary>
/// <remarks>RoundOperand (x) → ScreenTiles → RecheckPool. The pool is that of the float32 encoder.</remarks>
internal sealed class ScreenedPools(KernelDevice device, Screener screener, ScreenTiles<ScreenedPool> tiles)
{
    // Bounds leave one or two candidates for an entry where entries are rare, and jobs have unlike shares of them.
    private const int CandidatesPerEntry = 4;
    private const int LeastCandidatesOfJob = 1024;
    private readonly RecheckPool recheck = new(device);

    /// <summary>Whether screening is of use where the codes hold as many entries as they have room for.</summary>
    public static bool Suits(in EncodeThresholdArguments arguments)
    {
        int entriesOfRow = (int)Math.Min(arguments.Codes.Capacity / Math.Max(arguments.Input.Rows, 1), int.MaxValue);
        return ScreenedTopK.Suits(arguments.WEnc, entriesOfRow, arguments.Aux);
    }

    /// <summary>Fills an empty pool, and stores the codes of flagged latents.</summary>
    /// <returns>
    /// The same pool for the float32 encoder, which is to be launched too: it has something to do only where there were
    /// more candidates than the lists have room for.
    /// </returns>
    public CandidatePool Fill(in EncoderView encoder, RealMatrix wEnc, in CandidatePool pool, AuxSelection? aux)
    {
        ScreeningView view = screener.Begin(encoder, wEnc);
        TileJob.Jobs jobs = screener.Split(view);
        ScreenedPool screened = Candidates(jobs, pool);
        ScreenedLists auxLists = screener.Lists("Screening.Aux", view, jobs, aux);
        tiles.Launch(view, jobs, screened, auxLists, aux is not null);
        if (aux is AuxSelection selection)
        {
            screener.Store("Screening.Aux", view, auxLists, isCounted: false, selection.Codes);
        }

        RecheckPool.Parameters parameters = new()
        {
            Encoder = encoder,
            Screened = screened,
            Pool = pool,
            Counts = screener.Counts,
            LastRow = device.Scratch.Int("Screening.LastRow", 1),
            Jobs = jobs,
            IsExact = screener.IsExact ? 1 : 0,
        };
        this.recheck.Launch(parameters);
        return pool with { Guard = screened.Overflow, LastTiedRow = parameters.LastRow, IsGuarded = 1 };
    }

    private ScreenedPool Candidates(in TileJob.Jobs jobs, in CandidatePool pool)
    {
        int count = Math.Max(jobs.Count, 1);
        int capacity = (int)Math.Min(
            Math.Max(CandidatesPerEntry * pool.Keys.Length / count, LeastCandidatesOfJob),
            (long)TileJob.Slots * jobs.LatentsPerRange);
        ArrayView<int> overflow = device.Scratch.Int("Screening.Overflow", 1);
        overflow.MemSetToZero(device.Stream);
        return new ScreenedPool
        {
            Places = device.Scratch.Order("Screening.Places", (long)count * capacity),
            Values = device.Scratch.Real("Screening.Values", (long)count * capacity),
            Lengths = device.Scratch.Int("Screening.Lengths", count),
            Overflow = overflow,
            Bounds = pool.Bounds,
            BoundStride = pool.BoundStride,
            Capacity = capacity,
        };
    }
}
