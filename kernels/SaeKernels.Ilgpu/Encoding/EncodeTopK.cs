using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the K largest p of each row, and the AuxK largest among flagged latents
/// Work       2 · batch · DSae · DIn FLOP; about ranges · k · (1 + ln(DSae / (ranges · k))) candidates a row
/// Traffic    8 · batch · DSae · DIn / 128 bytes from the cache, 16 bytes a candidate → bound by FLOP
/// Launch     that of GroupTiles or LaneTiles with RowLists; then of RowCuts, RowOffsets and RowCodes
/// Shared     that of these        Barriers  that of these
/// Order      d ascending from b_enc, fused multiply-adds; deterministic, bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Gao et al. 2024, §2.3 and appendix A.2
/// </summary>
internal sealed class EncodeTopK(KernelDevice device, InputPanels inputPanels, ListedRows listedRows)
{
    private readonly TiledEncoder<RowLists> encoder = new(device);
    private readonly TiledEncoder<WithAux<RowLists>> auxEncoder = new(device);

    public void Run(in EncodeTopKArguments arguments)
    {
        EncoderView view = EncoderView.Of(device, arguments.Input, arguments.WEnc, arguments.BEnc);
        Tiling tiling = Tiling.For(device, view, inputPanels);
        RowLists lists = RowLists.Create(device, "EncodeTopK", view.Rows, arguments.K, tiling);
        if (arguments.Aux is AuxSelection aux)
        {
            RowLists auxLists = RowLists.Create(device, "Aux", view.Rows, aux, tiling);
            this.auxEncoder.Launch(view, tiling, new WithAux<RowLists> { Main = lists, Aux = auxLists });
            listedRows.Store("Aux", auxLists, view.Latents, aux.Codes);
        }
        else
        {
            this.encoder.Launch(view, tiling, lists);
        }

        listedRows.Store("EncodeTopK", lists, view.Latents, arguments.Codes);
    }
}
