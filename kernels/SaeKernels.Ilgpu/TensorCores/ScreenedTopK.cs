using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// The K largest of each row with tensor cores: low precision screens, and in the exact modes float32 decides.
/// </summary>
/// <remarks>
/// RoundOperand (x; W_enc is rounded while it is updated, see <see cref="RoundedWeights"/>) → ScreenTiles →
/// [RowCuts → RecheckRows → GivenUpRows] → ListedRows; what is in brackets only in the exact modes.
/// </remarks>
internal sealed class ScreenedTopK(KernelDevice device, Screener screener, ScreenTiles<ScreenedLists> tiles)
{
    // Where more than a quarter of the latents are kept, nearly all survive: float32 alone is quicker.
    private const int LeastLatentsPerKept = 4;

    /// <summary>Whether screening is of use for so many kept latents a row.</summary>
    public static bool Suits(RealMatrix wEnc, int k, AuxSelection? aux) =>
        (long)LeastLatentsPerKept * k <= wEnc.Rows
        && (long)LeastLatentsPerKept * (aux?.K ?? 0) <= wEnc.Rows
        && wEnc.Columns <= ScreeningBound.LargestDepth;

    public void Run(in EncodeTopKArguments arguments)
    {
        EncoderView encoder = EncoderView.Of(device, arguments.Input, arguments.WEnc, arguments.BEnc);
        ScreeningView view = screener.Begin(encoder, arguments.WEnc);
        TileJob.Jobs jobs = screener.Split(view);
        ScreenedLists lists = screener.Lists("Screening", view, jobs, arguments.K);
        ScreenedLists auxLists = screener.Lists("Screening.Aux", view, jobs, arguments.Aux);
        tiles.Launch(view, jobs, lists, auxLists, arguments.Aux is not null);
        screener.Store("Screening", view, lists, isCounted: true, arguments.Codes);
        if (arguments.Aux is AuxSelection aux)
        {
            screener.Store("Screening.Aux", view, auxLists, isCounted: false, aux.Codes);
        }
    }

    /// <summary>Lists about the K largest of each row, by what the tensor cores sum.</summary>
    public RowLists Estimate(in EncoderView encoder, RealMatrix wEnc, int k)
    {
        ScreeningView view = screener.BeginEstimate(encoder, wEnc);
        TileJob.Jobs jobs = screener.Split(view);
        ScreenedLists lists = screener.Lists("Screening.Estimate", view, jobs, k);
        tiles.Launch(view, jobs, lists, lists, hasAux: false);
        return lists.Lists;
    }
}
