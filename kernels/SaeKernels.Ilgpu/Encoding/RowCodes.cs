using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   codes from the candidates of each row that pass its cut: by latent, negative values clipped to 0
/// Work       2 visits a candidate and DSae / 16 bits a row
/// Traffic    16 bytes a candidate, 8 an entry → bound by memory latency
/// Launch     groups take rows in turns, threads take candidates in turns
/// Shared     3.5 KiB        Barriers  5 a row for each 8192 latents
/// Order      an entry's place is the number of kept smaller latents in its row; deterministic
/// Error      none
/// Source     rank by counting set bits
/// </summary>
/// <typeparam name="TCandidates">Where candidates lie.</typeparam>
internal sealed class RowCodes<TCandidates>(KernelDevice device)
    where TCandidates : struct, ICandidates<TCandidates>
{
    private readonly Kernel<Parameters> kernel = new(device, StoreRows);

    /// <summary>Stores rows at the offsets that the codes have; a row without entries is left alone.</summary>
    public void Launch(in TCandidates candidates, in RowCutsView cuts, int rows, int latents, SparseCodes codes)
    {
        Parameters parameters = new()
        {
            Candidates = candidates,
            Cuts = cuts,
            Codes = CodesView.Of(device, codes),
            Rows = rows,
            Latents = latents,
        };
        this.kernel.Launch(device.Groups(rows), device.RowGroupSize, parameters);
    }

    private static void StoreRows(Parameters p)
    {
        RankBits bits = RankBits.Allocate();
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            uint cut = RowCutsView.CutOf(p.Cuts, row);
            int start = p.Codes.RowOffsets[row];
            int ties = p.Cuts.Ties[row];
            int end = p.Codes.RowOffsets[row + 1] > start ? p.Latents : 0;

            // Entries above the cut, and ties, among smaller latents.
            int above = 0;
            int tied = 0;
            for (int first = 0; first < end; first += RankBits.Window)
            {
                RankBits.Clear(bits);
                GroupBarrier.Wait();
                Visit(p, bits, row, first, cut, start, above, tied, ties, isStored: false);
                GroupBarrier.Wait();
                RankBits.Sum(bits);
                GroupBarrier.Wait();
                int counts = RankBits.Scan(bits);
                GroupBarrier.Wait();
                Visit(p, bits, row, first, cut, start, above, tied, ties, isStored: true);
                GroupBarrier.Wait();
                above += RankBits.FirstOf(counts);
                tied += RankBits.SecondOf(counts);
            }
        }
    }

    private static void Visit(
        Parameters p,
        RankBits bits,
        int row,
        int firstLatent,
        uint cut,
        int start,
        int above,
        int tied,
        int ties,
        bool isStored)
    {
        for (int segment = 0; segment < TCandidates.Segments(p.Candidates); segment++)
        {
            int length = TCandidates.Length(p.Candidates, row, segment);
            for (int place = Group.IdxX; place < length; place += Group.DimX)
            {
                ulong key = TCandidates.Key(p.Candidates, row, segment, place);
                uint order = PreActivationOrder.OfKey(key);
                int latent = PreActivationOrder.Latent(key) - firstLatent;
                bool isHere = order >= cut && latent >= 0 && latent < RankBits.Window;
                if (isHere && !isStored)
                {
                    RankBits.Add(bits, latent, order == cut);
                }

                if (isHere && isStored)
                {
                    int counts = RankBits.Rank(bits, latent);
                    int tiesBefore = tied + RankBits.SecondOf(counts);
                    if (order > cut || tiesBefore < ties)
                    {
                        int target = start + above + RankBits.FirstOf(counts) + IntrinsicMath.Min(tiesBefore, ties);
                        p.Codes.Indices[target] = latent + firstLatent;
                        p.Codes.Values[target] = PreActivationOrder.ClippedValue(order);
                    }
                }
            }
        }
    }

    internal struct Parameters
    {
        public TCandidates Candidates;
        public RowCutsView Cuts;
        public CodesView Codes;
        public int Rows;
        public int Latents;
    }
}
