using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the batch · K largest positive p of the batch, and the smallest of them
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn · (3 + batch / 96) + 64 · batch · K bytes → bound by the multiply-add units
/// Launch     as EncodeTopK, each thread with a list of its own; then one thread merges them and sorts them into rows
/// Shared     DSae · DIn for the packed W_enc; 24 · batch · K bytes a thread        Barriers  one
/// Order      d ascending from b_enc, fused; the selection does not depend on who sees what first; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|); the selection is exact for these numbers, screened or not
/// Source     Bussmann et al. 2024, §3
/// </summary>
internal static unsafe class EncodeBatchTopK
{
    public static void Run(CpuContext context, in EncodeBatchTopKArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        EncoderInputs inputs = new(arguments.Input, arguments.WEnc, arguments.BEnc, arguments.Aux);
        BatchTopKSelection selection = new(context, arguments.Input.Rows, arguments.K);
        FlaggedLatents flagged = new(context, inputs);
        bool mayScreen = context.Screening.Applies(inputs, arguments.K, flagged.Count);
        float* cut = HostPointers.Of(arguments.Cut);
        float guess = context.BatchCut.Of(inputs, arguments.K);
        bool isFull = Encode(context, inputs, arguments, selection, mayScreen ? flagged : null, guess);
        // Where as many as are wanted reach the guess, what does not is rightly left out.
        if (guess > 0 && !(isFull && *cut >= guess))
        {
            isFull = Encode(context, inputs, arguments, selection, flagged: null, guess: 0);
        }

        context.BatchCut.Learn(inputs, arguments.K, isFull ? *cut : 0);
    }

    /// <summary>Keeps the largest of what reaches a guess; returns whether these are as many as are wanted.</summary>
    private static bool Encode(
        CpuContext context,
        in EncoderInputs inputs,
        in EncodeBatchTopKArguments arguments,
        BatchTopKSelection selection,
        FlaggedLatents? flagged,
        float guess)
    {
        selection.Restart(guess);
        if (flagged is FlaggedLatents apart && guess > 0)
        {
            ScreenedBatchTopK.Run(context, inputs with { Aux = null }, selection, arguments.K, guess);
            apart.Encode(context, inputs);
        }
        else
        {
            Encoder.Run(context, inputs, selection);
        }

        return selection.Store(arguments.Codes, arguments.Input.Rows, HostPointers.Of(arguments.Cut));
    }
}
