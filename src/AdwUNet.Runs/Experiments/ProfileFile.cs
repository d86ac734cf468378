using System.Text.Json;
using System.Text.Json.Nodes;

namespace AdwUNet.Experiments;

/// <summary>
/// A profile in a JSON file, such as <c>longer.json</c> with <c>{ "base": "laptop", "search": { "epochs": 50 } }</c>. The fields replace those of the base,
/// which is a profile's name; a file without a base has all fields. The fields are those of <see cref="Profile"/> in camel case. The name is that of the
/// file unless given.
/// </summary>
public static class ProfileFile
{
    internal const string Extension = ".json";
    private const string Base = "base";
    private const string Name = "name";

    /// <summary>Writes a profile with all its fields.</summary>
    /// <param name="path">The file.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static void Save(string path, Profile profile) => JsonFile.Save(path, profile);

    /// <summary>Reads a profile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">The folder at which a relative path starts if it does not start at the current one.</param>
    /// <exception cref="ExperimentException">The file is missing or damaged, has a field that no profile has, or a value that an option cannot have.</exception>
    public static Profile Load(string path, string folder = ".")
    {
        path = Path.GetFullPath(File.Exists(path) ? path : Path.Combine(folder, path));
        var changes = JsonFile.Load<JsonObject>(path, (message, error) => new ExperimentException(message, error));
        var isWhole = !changes.ContainsKey(Base);
        try
        {
            return Checked(Read());
        }
        catch (AdwUNetException error) when (error is not ExperimentException)
        {
            throw new ExperimentException($"{path} cannot be used: {error.Message}", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            var place = error is JsonException json ? JsonFile.Place(json) : "";
            throw new ExperimentException($"{path} is no profile{place}: {JsonFile.FirstSentence(error.Message)}"
                + (isWhole ? $" To change only some fields of a profile, add its name, such as \"{Base}\": \"{Profile.Laptop.Name}\"." : ""), error);
        }

        Profile Read()
        {
            if (!changes.Remove(Base, out var named))
            {
                return changes.Deserialize<Profile>(JsonFile.Options)!;
            }

            var basis = Profile.All.FirstOrDefault(profile => profile.Name == named?.GetValue<string>()) ?? throw new ExperimentException(
                $"{path} names the base {named?.ToJsonString() ?? "null"}; choose one of {string.Join(", ", Profile.All.Select(profile => profile.Name))}.");
            var complete = JsonSerializer.SerializeToNode(basis, JsonFile.Options)!.AsObject();
            complete[Name] = Path.GetFileNameWithoutExtension(path);
            Merge(complete, changes);
            return complete.Deserialize<Profile>(JsonFile.Options)!;
        }
    }

    // Now, not after hours of a search.
    private static Profile Checked(Profile profile)
    {
        profile.Search.Validate();
        profile.Training.Validate();
        profile.SearchInGrid?.Validate();
        profile.TrainingInGrid?.Validate();
        return profile;
    }

    private static void Merge(JsonObject into, JsonObject changes)
    {
        foreach (var (name, value) in changes.ToArray())
        {
            if (into[name] is JsonObject there && value is JsonObject inner)
            {
                Merge(there, inner);
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }
}
