using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   a pool's keys by row, and codes of them
/// Work       3 visits a candidate, and that of RowCodes
/// Traffic    48 bytes a candidate → bound by memory latency
/// Launch     threads take candidates in turns; that of RowOffsets and RowCodes
/// Shared     that of these        Barriers  that of these
/// Order      the places of a row's keys differ from run to run, the codes made of them do not; deterministic
/// Error      none
/// Source     distribution counting: Knuth, TAOCP 3, §5.2
/// </summary>
internal sealed class PooledRows(KernelDevice device)
{
    private readonly Kernel<Parameters> countKernel = new(device, CountRows);
    private readonly Kernel<Parameters> scatterKernel = new(device, ScatterRows);
    private readonly RowOffsets rowOffsets = new(device);
    private readonly RowCodes<RowCandidates> rowCodes = new(device);

    /// <summary>Stores every key of a pool, in rows of the lengths that the pool counted.</summary>
    public void StoreAll(in CandidatePool pool, int rows, int latents, SparseCodes codes)
    {
        RowCutsView cuts = RowCutsView.Create(device, "PooledRows", rows, isCommon: true) with
        {
            Above = pool.RowLengths,
        };
        cuts.Cuts.MemSetToZero(device.Stream);
        cuts.Ties.MemSetToZero(device.Stream);
        Store(pool, cuts, rows, latents, codes, tieBudget: null);
    }

    /// <summary>Stores the keys above a cut and the first ones at it, by row and then by latent.</summary>
    public void StoreCut(
        in CandidatePool pool, in OrderSelection cut, int rows, int latents, SparseCodes codes)
    {
        RowCutsView cuts = RowCutsView.Create(device, "PooledRows", rows, isCommon: true) with
        {
            Cuts = cut.Order,
        };
        cuts.Above.MemSetToZero(device.Stream);
        cuts.Ties.MemSetToZero(device.Stream);
        this.countKernel.Launch(
            device.GroupsOfElements(pool.Keys.Length), device.GroupSize, new Parameters { Pool = pool, Cuts = cuts });
        Store(pool, cuts, rows, latents, codes, cut.Remaining);
    }

    private void Store(
        in CandidatePool pool,
        in RowCutsView cuts,
        int rows,
        int latents,
        SparseCodes codes,
        ArrayView<int>? tieBudget)
    {
        RowCandidates candidates = new()
        {
            Keys = device.Scratch.Key("PooledRows.Keys", pool.Keys.Length),
            Starts = device.Scratch.Int("PooledRows.Starts", rows + 1L),
        };
        Parameters parameters = new()
        {
            Pool = pool,
            Cuts = cuts,
            Candidates = candidates,
            Cursors = device.Scratch.Int("PooledRows.Cursors", Math.Max(rows, 1)),
            RowCount = rows,
        };
        this.rowOffsets.Launch(cuts, rows, codes, candidates.Starts, tieBudget);
        parameters.Cursors.MemSetToZero(device.Stream);
        this.scatterKernel.Launch(device.GroupsOfElements(pool.Keys.Length), device.GroupSize, parameters);
        this.rowCodes.Launch(candidates, cuts, rows, latents, codes);
    }

    private static void CountRows(Parameters p)
    {
        int length = CandidatePool.Filled(p.Pool);
        uint cut = p.Cuts.Cuts[0];
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += Grid.DimX * Group.DimX)
        {
            uint order = PreActivationOrder.OfKey(p.Pool.Keys[i]);
            int row = p.Pool.Rows[i];
            if (order > cut)
            {
                Atomic.Add(ref p.Cuts.Above[row], 1);
            }

            if (order == cut)
            {
                Atomic.Add(ref p.Cuts.Ties[row], 1);
            }
        }
    }

    private static void ScatterRows(Parameters p)
    {
        // No entries where the codes have no room for all.
        int length = p.Candidates.Starts[p.RowCount] > 0 ? CandidatePool.Filled(p.Pool) : 0;
        uint cut = p.Cuts.Cuts[0];
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += Grid.DimX * Group.DimX)
        {
            ulong key = p.Pool.Keys[i];
            if (PreActivationOrder.OfKey(key) >= cut)
            {
                int row = p.Pool.Rows[i];
                int place = p.Candidates.Starts[row] + Atomic.Add(ref p.Cursors[row], 1);
                p.Candidates.Keys[place] = key;
            }
        }
    }

    internal struct Parameters
    {
        public CandidatePool Pool;
        public RowCutsView Cuts;
        public RowCandidates Candidates;
        public ArrayView<int> Cursors;
        public int RowCount;
    }
}
