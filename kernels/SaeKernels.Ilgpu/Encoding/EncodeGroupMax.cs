using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x, negative ones clipped to 0; the largest of each of K groups of consecutive
///            latents, and the AuxK largest p of each row among flagged latents
/// Work       2 · batch · DSae · DIn FLOP; about K · (1 + ln(DSae / K)) offers a row
/// Traffic    8 · batch · DSae · DIn / 128 bytes from the cache, 16 bytes an offer → bound by FLOP
/// Launch     that of GroupTiles or LaneTiles with GroupWinners; then threads take entries in turns
/// Shared     that of these        Barriers  that of these
/// Order      d ascending from b_enc, fused multiply-adds; deterministic, bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     sparsify 1.3, activation groupmax
/// </summary>
internal sealed class EncodeGroupMax(KernelDevice device, InputPanels inputPanels, ListedRows listedRows)
{
    private readonly Kernel<Parameters> codesKernel = new(device, StoreCodes);
    private readonly TiledEncoder<GroupWinners> encoder = new(device);
    private readonly TiledEncoder<WithAux<GroupWinners>> auxEncoder = new(device);

    public void Run(in EncodeGroupMaxArguments arguments)
    {
        EncoderView view = EncoderView.Of(device, arguments.Input, arguments.WEnc, arguments.BEnc);
        Tiling tiling = Tiling.For(device, view, inputPanels);
        GroupWinners winners = GroupWinners.Create(device, view, arguments.K, tiling);
        if (arguments.Aux is AuxSelection aux)
        {
            RowLists auxLists = RowLists.Create(device, "Aux", view.Rows, aux, tiling);
            this.auxEncoder.Launch(view, tiling, new WithAux<GroupWinners> { Main = winners, Aux = auxLists });
            listedRows.Store("Aux", auxLists, view.Latents, aux.Codes);
        }
        else
        {
            this.encoder.Launch(view, tiling, winners);
        }

        Parameters parameters = new()
        {
            Winners = winners,
            Codes = CodesView.Of(device, arguments.Codes),
            Needed = device.View(arguments.Codes.NeededEntries),
            Groups = arguments.K,
        };
        int threads = device.GroupSize;
        this.codesKernel.Launch(
            Math.Max(1, device.GroupsOfElements((long)view.Rows * arguments.K)), threads, parameters);
    }

    private static void StoreCodes(Parameters p)
    {
        int entries = p.Winners.Rows * p.Groups;
        for (int entry = (Grid.IdxX * Group.DimX) + Group.IdxX; entry <= entries; entry += Grid.DimX * Group.DimX)
        {
            int row = entry / p.Groups;
            int group = entry - (row * p.Groups);
            if (group == 0)
            {
                p.Codes.RowOffsets[row] = entry;
            }

            if (entry == entries)
            {
                p.Needed[0] = entries;
            }
            else
            {
                ulong best = BestOf(p, row, group);
                p.Codes.Indices[entry] = PreActivationOrder.Latent(best);
                p.Codes.Values[entry] = PreActivationOrder.ClippedValue(PreActivationOrder.OfKey(best));
            }
        }
    }

    /// <summary>The best key of the ranges that hold a part of a group.</summary>
    private static ulong BestOf(Parameters p, int row, int group)
    {
        int first = group * p.Winners.GroupSize;
        int lastRange = (first + p.Winners.GroupSize - 1) / p.Winners.LatentsPerRange;
        ulong best = 0;
        for (int range = first / p.Winners.LatentsPerRange; range <= lastRange; range++)
        {
            ulong key = p.Winners.Keys[GroupWinners.PlaceOf(p.Winners, range, first) + row];
            best = key > best ? key : best;
        }

        return best;
    }

    internal struct Parameters
    {
        public GroupWinners Winners;
        public CodesView Codes;
        public ArrayView<long> Needed;
        public int Groups;
    }
}
