using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the K largest p of each row, negative ones clipped to 0
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn · (3 + batch / 96) bytes → bound by the multiply-add units
/// Launch     a panel of W_enc a chunk to pack, then a block of up to 96 rows a chunk over all latents
/// Shared     DSae · DIn for the packed W_enc; input, tiles and candidates of a block a thread        Barriers  one
/// Order      d ascending from b_enc, fused; latents ascending; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|); the selection is exact for these numbers, screened or not
/// Source     Gao et al. 2024, §2.3 and appendix A.2; blocking: Goto and van de Geijn, TOMS 34, 2008
/// </summary>
internal static class EncodeTopK
{
    public static void Run(CpuContext context, in EncodeTopKArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        EncoderInputs inputs = new(arguments.Input, arguments.WEnc, arguments.BEnc, arguments.Aux);
        FlaggedLatents flagged = new(context, inputs);
        if (context.Screening.Applies(inputs, arguments.K, flagged.Count))
        {
            ScreenedTopK.Run(context, inputs with { Aux = null }, arguments.Codes, arguments.K);
            flagged.Encode(context, inputs);
        }
        else
        {
            Encode(context, inputs, arguments.Codes, arguments.K);
        }

        CodeRows.Close(arguments.Codes, arguments.Input.Rows, arguments.K);
    }

    private static void Encode(CpuContext context, in EncoderInputs inputs, SparseCodes codes, int k)
    {
        int rows = inputs.Input.Rows;
        TopKSelection selection = new(context, codes, k);
        TopKGuess guess = new(context, inputs, context.KthShare.Of(inputs, k));
        Encoder.Run(context, inputs, selection with { Guess = guess }, guess, selection);
        context.KthShare.Learn(inputs, k, guess.LowestShare(codes, rows, k));
    }
}
